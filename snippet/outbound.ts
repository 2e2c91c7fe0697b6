/** Chunk, where `data-outbound` asks for it: clicks on links that leave the site. */

import type { OutboundData } from "../collector/wire.ts";
import type { track } from "./delivery.ts";
import { listen } from "./guard.ts";
import type { clean } from "./clean.ts";

/** Counts each, by mouse, middle button or keyboard; the click itself is left alone. */
export default function startOutbound(count: typeof track, strip: typeof clean): void {
  const click = (event: MouseEvent) => {
    const elements = event.composedPath().filter((node) => node instanceof Element);
    const link = elements.find((element) => element instanceof HTMLAnchorElement);
    if (!link || event.button > 1 || !/^http/.test(link.protocol) || link.host === location.host) return;
    // A download is counted as that.
    if (elements.some((element) => element.matches("[data-gtm-ignore],[download],[data-gtm-download]"))) return;
    const data = { event: "outbound_click", pageUrl: strip(location.href), targetUrl: strip(link.href) } satisfies OutboundData;
    count("custom_webhook", data);
  };
  listen("click", click);
  listen("auxclick", click);
}
