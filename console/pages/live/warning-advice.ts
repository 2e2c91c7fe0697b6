import type { CountsWarning, KeyWarning, Warning, WebhookWarning } from "../../../api/console/contract.ts";
import { hourInWords } from "../../parts/time.ts";
import type { Advice } from "./install-advice.ts";
import { figure } from "./words.ts";

/** Says in words what is wrong, what it means, and what to do. Times are in `zone`, the viewer's by default. */
export function warningAdvice(warning: Warning, zone?: string): Advice {
  if (warning.kind === "counts_differ") return countsAdvice(warning, zone);
  return warning.kind === "secret_key_exposed" ? keyAdvice(warning) : webhookAdvice(warning);
}

function keyAdvice(warning: KeyWarning): Advice {
  const key = `“${warning.keyName}” (${warning.keyHint})`;
  return {
    title: exposures[warning.place].title,
    text: `${exposures[warning.place].text(key, warning.origin)} Replace it: this makes a new key and ends the old one at once. Put the new key on your servers only; pages carry the tag with its own key.`,
    paste: `npm run -s owlbound -- key rotate ${warning.keyId} --data ./data`,
  };
}

const exposures: Record<KeyWarning["place"], { title: string; text(key: string, origin: string | null): string }> = {
  browser: {
    title: "A secret key is used in a browser",
    text: (key, origin) => `${key} came from a page of ${origin ?? "an unknown origin"}. Whoever looks at that page can take the key, and do with it all that the key may.`,
  },
  url: { title: "A secret key was sent in an address", text: (key) => `${key} stood in a URL, which logs, histories and other sites may have kept.` },
  body: { title: "A secret key was sent in a body", text: (key) => `${key} came in the body of a request, where only a website's key belongs: it may be in the source of a page.` },
};

function webhookAdvice(warning: WebhookWarning): Advice {
  const look = `GET /v1/webhook-deliveries?webhookId=${warning.webhookId} says what happened to each delivery.`;
  if (warning.kind === "webhook_failing") {
    return { title: `The webhook to ${warning.host} keeps failing`, text: `Its last ${figure(warning.failures)} tries failed. What is not delivered is tried again, ten times within 75 hours. ${look}` };
  }
  return {
    title: `The webhook to ${warning.host} was switched off`,
    text: `${warning.reason ?? ""} Nothing is sent to it any more. ${look} Once its receiver is well, switch it on with PATCH /v1/webhooks/${warning.webhookId} {"status":"enabled"}, and send what is dead once more with POST /v1/webhooks/${warning.webhookId}/replay.`,
  };
}

function countsAdvice(warning: CountsWarning, zone: string | undefined): Advice {
  const { received, decided, stored, rows } = warning;
  const contradictions = [
    received === decided ? "" : `${figure(received)} received, but ${figure(decided)} stored, repeated or dropped`,
    stored === rows ? "" : `${figure(stored)} counted as stored, but ${figure(rows)} there`,
  ].filter((text) => text !== "");
  const more = warning.hours > 1 ? ` So it is in ${figure(warning.hours)} hours of the last 7 days.` : "";
  const check = warning.database === "sqlite" ? "check the file:" : "look at the log of the server and at the disk of the database.";
  return {
    title: "Signals and their counts do not add up",
    text: `Key “${warning.keyName}”, ${hourInWords(warning.hour, zone)}: ${contradictions.join("; ")}.${more} If you deleted signals by hand or put a backup back, that is why, and nothing is left to do: this warning ends after 7 days. If not, copy the database somewhere safe first, then ${check}`,
    ...(warning.database === "sqlite" ? { paste: 'sqlite3 ./data/owlbound.db "PRAGMA integrity_check"' } : {}),
  };
}
