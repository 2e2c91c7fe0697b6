import { html, type Html } from "./html.ts";

/** Where the Owlbound tag is served and the publishable key of the workspace that this site reports to. */
export interface Tag {
  /** Absolute http(s) URL of the tag, e.g. `http://127.0.0.1:8787/s.js`. */
  scriptUrl: string;
  /** `gtm_pk_…` */
  key: string;
}

/**
 * The script tag as a customer pastes it, every attribute escaped. `data-force` is there because this
 * site is usually opened on a loopback address, which the tag leaves out otherwise.
 */
export function tagScript(tag: Tag): Html {
  return html`<script async src="${tag.scriptUrl}" data-key="${tag.key}" data-mode="identified" data-outbound data-vitals data-forms data-force></script>`;
}

/** Origin of the tag's script and of its collector. Throws, naming the fix, when `scriptUrl` is not an absolute http(s) URL. */
export function tagOrigin(tag: Tag): string {
  const url = URL.canParse(tag.scriptUrl) ? new URL(tag.scriptUrl) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new Error(`tag.scriptUrl must be an absolute http(s) URL such as http://127.0.0.1:8787/s.js, not "${tag.scriptUrl}"`);
  }
  return url.origin;
}
