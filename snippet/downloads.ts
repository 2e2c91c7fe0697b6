/** Clicks on files. The click itself is left alone. */

import type { DownloadData } from "../collector/wire.ts";
import { clean } from "./clean.ts";
import { track } from "./delivery.ts";
import { url as pageUrl } from "./page-visits.ts";
import { settings } from "./settings.ts";

/** The tag's own list, or whatever is no page: then the server, which knows the extensions of files, decides. */
const file = RegExp(`\\.(${settings.downloads?.replace(/\W+/g, "|") ?? "(?!html?$|php)\\w{2,4}"})$`, "i");

/**
 * Looks at each click, by mouse, middle button, finger or keyboard. A click counts whether or not the page handles it
 * itself. The server makes name and extension out of the address.
 */
export const click = (event: MouseEvent): void => {
  const find = (selector: string) =>
    (event.composedPath() as HTMLAnchorElement[]).find((element) => element.matches?.(selector));
  const link = find("[data-gtm-download],[href]");
  const named = find("[data-gtm-download],[download]");
  if (link && (named || file.test(link.host && link.pathname)) && !find("[data-gtm-ignore]") && event.button < 2)
    track("content_download", {
      pageUrl: pageUrl as string,
      fileUrl: clean(link.href || location.href),
      linkText: link.innerText,
      check: !(named || settings.downloads),
      fileName: link.dataset.gtmDownload || link.download,
    } satisfies DownloadData);
};
