/** Clicks on files, and on links that leave the site where that was asked for. The click itself is left alone. */

import type { DownloadData, OutboundData } from "../collector/wire.ts";
import type { clean } from "./privacy.ts";
import type { settings } from "./settings.ts";
import type { Owlbound } from "./owlbound.d.ts";

const EXTENSIONS =
  "pdf,doc,docx,xls,xlsx,ppt,pptx,odt,ods,odp,rtf,txt,csv,epub,zip,rar,7z,gz,tar," +
  "dmg,exe,msi,pkg,apk,deb,iso,mp3,wav,mp4,mov,avi,ics,vcf";

const decode = (name: string) => {
  try {
    return decodeURIComponent(name);
  } catch {
    // A stray per cent sign: the name stays as it is written.
    return name;
  }
};

/**
 * Makes the function that looks at each click, by mouse, middle button, finger or keyboard. A click counts
 * whether or not the page handles it itself.
 */
export function clicks(count: Owlbound["track"], strip: typeof clean, attributes: typeof settings) {
  const extensions = (attributes.downloads ?? EXTENSIONS).toLowerCase().split(/\W+/);

  return (event: MouseEvent): void => {
    const elements = event.composedPath().filter((node) => node instanceof Element);
    const find = (selector: string) => elements.find((element) => element.matches(selector));
    const link = find("[href],[data-gtm-download]");
    if (!link || find("[data-gtm-ignore]") || event.button > 1) return;
    const url = new URL(link.getAttribute("href") || "", document.baseURI);
    url.username = url.password = "";
    const web = /^http/.test(url.protocol);
    const last = decode(url.pathname.replace(/.*\//, ""));
    const fileName = link.getAttribute("data-gtm-download") || link.getAttribute("download") || last;
    const fileExtension = /\.(\w+)$/.exec(fileName.toLowerCase())?.[1] ?? /\.(\w+)$/.exec(last.toLowerCase())?.[1];
    const pageUrl = strip(location.href) ?? "";
    if (find("[download],[data-gtm-download]") || (web && fileExtension && extensions.includes(fileExtension))) {
      const linkText = link.textContent?.trim().replace(/\s+/g, " ").slice(0, 200);
      const data = { pageUrl, fileUrl: strip(url.href) ?? "", fileName: fileName.slice(0, 500), fileExtension, linkText };
      count("content_download", data satisfies DownloadData);
    } else if ("outbound" in attributes && web && url.host !== location.host) {
      const data = { event: "outbound_click" as const, pageUrl, targetUrl: strip(url.href) ?? "" };
      count("custom_webhook", data satisfies OutboundData);
    }
  };
}
