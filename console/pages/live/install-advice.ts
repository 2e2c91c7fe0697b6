import type { InstallProblem, TagInfo } from "../../../api/console/contract.ts";

export interface Advice {
  /** What is wrong, in a few words. */
  title: string;
  /** What it means and how to mend it. */
  text: string;
  /** A command or a line to paste, where there is one. */
  paste?: string;
}

/** Says in words what the server refused and what to do. Every code gets an answer, those not known here too. */
export function adviceFor(problem: InstallProblem, tag: TagInfo | null): Advice {
  const site = problem.origin ?? "A page without an origin";
  switch (problem.code) {
    case "API_KEY_INVALID":
    case "MISSING_API_KEY":
      return { title: "The key is wrong", text: `${site} sends a key that this server does not know. Often a character was lost while copying. Replace the whole tag on that site with this one:`, paste: tag?.html };
    case "API_KEY_REVOKED":
    case "API_KEY_EXPIRED":
      return {
        title: problem.code === "API_KEY_REVOKED" ? "The key was revoked" : "The key has expired",
        text: `${site} still carries an old tag. Replace it with the current one:`,
        paste: tag?.html,
      };
    case "ORIGIN_NOT_ALLOWED":
      return originAdvice(problem);
    case "INSUFFICIENT_SCOPE":
      return { title: "The key may not send signals", text: `${site} uses a key without the scope signals:write. Use the tag shown here:`, paste: tag?.html };
    case "VALIDATION_ERROR":
    case "PAYLOAD_TOO_LARGE":
    case "UNSUPPORTED_MEDIA_TYPE":
      return { title: "Something sends what can't be read", text: `${site}: ${problem.message} The tag itself never does this. Look for a script of the site's own that posts to the collector.` };
    case "RATE_LIMIT_EXCEEDED":
      return { title: "Too many signals at once", text: `${site} is over the limit for one visitor or for the key; what is over it is sent again later by the tag. A larger plan or --visitor-limit raises it.` };
    case "STORE_UNAVAILABLE":
      return { title: "The store can't write", text: "The disk may be full. Nothing is lost yet: tags keep their signals and send them again. Free some space and this goes away by itself." };
    default:
      return { title: problem.code.toLowerCase().replaceAll("_", " "), text: `${site}: ${problem.message}` };
  }
}

function originAdvice({ origin, key }: InstallProblem): Advice {
  const title = "This site is not on the key's list";
  const takes = `${key ? `key “${key.name}”` : "its key"} takes signals only from ${key && key.allowedOrigins.length > 0 ? key.allowedOrigins.join(", ") : "the origins on its list"}`;
  if (origin === null || origin === "null") return { title, text: `Something sends signals without an origin, as a script or a file opened from disk does, but ${takes}. From a server, send them with a secret key.` };
  if (!key || !pasteable.test(origin)) return { title, text: `${origin} carries the tag, but ${takes}.` };
  return {
    title,
    text: `${origin} carries the tag, but ${takes}. If it is yours, let it in:`,
    paste: `npm run -s owlbound -- key origins ${key.id} --allow ${origin} --data ./data`,
  };
}

/** Anybody may send any Origin: one that would do something else in a shell is not offered for pasting. */
const pasteable = /^https?:\/\/[\w.:[\]-]+$/;

/** What to look at when nothing arrives at all, likeliest first. */
export function silenceChecklist(tag: TagInfo | null): { title: string; text: string; paste?: string }[] {
  const home = tag && URL.canParse(tag.scriptUrl) ? new URL(tag.scriptUrl).origin : "this server";
  return [
    { title: "Is the tag in the published page?", text: "Open the page, view its source and search for data-key. Publish, and empty the site's cache, where it is missing." },
    { title: "Ask the page itself", text: "Add ?owlbound_debug to the page's address: the tag then says in the page what it sees.", paste: "?owlbound_debug" },
    { title: "An ad blocker?", text: "Try a private window without extensions. If it works there, serve the tag from your own domain: --tag-path and --collect-path choose neutral names." },
    { title: "A content security policy?", text: "If the site sends one, it has to allow this server:", paste: `script-src ${home}; connect-src ${home}` },
    { title: "A page on localhost?", text: "Pages on localhost and automated browsers are not counted. Add data-force to the tag to try it there." },
  ];
}
