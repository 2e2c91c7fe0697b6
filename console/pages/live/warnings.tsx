import type { Warning } from "../../../api/console/contract.ts";
import { Icon } from "../../parts/icons.tsx";
import { CopyLine } from "../../parts/copy.tsx";
import { agoInWords, wholeTime } from "../../parts/time.ts";
import { useNow } from "../../parts/use-now.ts";

/** What the owner has to look at, above everything else. Nothing where all is well. */
export function Warnings({ warnings }: { warnings: readonly Warning[] }) {
  const now = useNow(60_000);
  if (warnings.length === 0) return null;
  return (
    <section class="warnings" aria-label="Warnings">
      {warnings.map((warning) => {
        const { title, text, paste } = adviceOn(warning);
        return (
          <div class="warning" role="alert" key={`${warning.kind} ${String(warning.detail["keyId"])}`}>
            <h2>
              <Icon name="alert" />
              {title}
            </h2>
            <p>{text}</p>
            {paste !== undefined && <CopyLine text={paste} label={`Copy the fix: ${title}`} />}
            <p class="quiet">{`Seen ${agoInWords(warning.at, now)}`}</p>
          </div>
        );
      })}
    </section>
  );
}

const places: Record<string, string> = { browser: "was sent by a browser", url: "stood in a URL", body: "stood in a request's body" };

function adviceOn({ kind, detail }: Warning): { title: string; text: string; paste?: string } {
  if (kind === "key.exposed") {
    const from = typeof detail["origin"] === "string" ? ` on ${detail["origin"]}` : "";
    return {
      title: "A secret key is exposed",
      text: `The secret key that ends in …${String(detail["last4"])} ${places[String(detail["place"])] ?? "was shown"}${from}. Whoever sees it can read and change everything. Take it out there, use a publishable key (gtm_pk_…) in pages, and replace it:`,
      paste: `npm run -s owlbound -- key rotate ${String(detail["keyId"])} --data ./data`,
    };
  }
  return {
    title: "Counts do not add up",
    text: `In the hour from ${wholeTime(Number(detail["hour"]))}, ${String(detail["received"])} signals came in and ${String(detail["rows"])} are in the store, of ${String(detail["stored"])} counted as stored. Keep a copy of the data folder and the log, and report it.`,
  };
}
