import type { Warning } from "../../../api/console/contract.ts";
import { CopyLine } from "../../parts/copy.tsx";
import { Icon } from "../../parts/icons.tsx";
import { agoInWords } from "../../parts/time.ts";
import { useNow } from "../../parts/use-now.ts";
import { warningAdvice } from "./warning-advice.ts";

interface WarningsProps {
  warnings: readonly Warning[];
  /** Whether there is room to show them unfolded. */
  unfold: boolean;
}

/** What needs the operator's hand, before the feed. Told to screen readers when it comes. */
export function Warnings({ warnings, unfold }: WarningsProps) {
  return (
    <div class="warnings" aria-label="Warnings" role="status">
      {warnings.map((warning) => (
        <WarningCard key={`${warning.kind} ${"keyId" in warning ? warning.keyId : warning.webhookId}`} warning={warning} unfold={unfold} />
      ))}
    </div>
  );
}

function WarningCard({ warning, unfold }: { warning: Warning; unfold: boolean }) {
  const advice = warningAdvice(warning);
  return (
    <details class="problem warning" open={unfold}>
      <summary>
        <h2>
          <Icon name="alert" />
          {advice.title}
        </h2>
      </summary>
      <div class="warning-in">
        <p>{advice.text}</p>
        <div>
          {advice.paste !== undefined && <CopyLine text={advice.paste} label={`Copy the fix: ${advice.title}`} />}
          <Noticed at={warning.at} />
        </div>
      </div>
    </details>
  );
}

/** By itself, so that the clock's tick draws nothing else again. Not read out: it would be, each minute. */
function Noticed({ at }: { at: number }) {
  const now = useNow(60_000);
  return (
    <p class="quiet" aria-live="off">
      {`Noticed ${agoInWords(at, now)}. This goes away by itself once it is mended.`}
    </p>
  );
}
