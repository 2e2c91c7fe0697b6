import type { Warning } from "../../../api/console/contract.ts";
import type { Advice } from "./install-advice.ts";

/** Says in words what is wrong, what it means, and what to do. */
export function warningAdvice(warning: Warning): Advice {
  const key = `“${warning.keyName}” (${warning.keyHint})`;
  return {
    title: exposures[warning.place].title,
    text: `${exposures[warning.place].text(key, warning.origin)} Replace it: this makes a new key and ends the old one at once. Put the new key on your servers only; pages carry the tag with its own key.`,
    paste: `npm run -s owlbound -- key rotate ${warning.keyId} --data ./data`,
  };
}

const exposures: Record<Warning["place"], { title: string; text(key: string, origin: string | null): string }> = {
  browser: {
    title: "A secret key is used in a browser",
    text: (key, origin) => `${key} came from a page of ${origin ?? "an unknown origin"}. Whoever looks at that page can take the key, and do with it all that the key may.`,
  },
  url: { title: "A secret key was sent in an address", text: (key) => `${key} stood in a URL, which logs, histories and other sites may have kept.` },
  body: { title: "A secret key was sent in a body", text: (key) => `${key} came in the body of a request, where only a website's key belongs: it may be in the source of a page.` },
};
