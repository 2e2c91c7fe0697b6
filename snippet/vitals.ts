/** Chunk, where `data-vitals` asks for it: how fast the page was for this visitor. */

import { onCLS, onINP, onLCP, type Metric } from "web-vitals";
import type { Own } from "./own.ts";
import type { post } from "./delivery.ts";

/** Reports LCP and INP (ms) and CLS (no unit) under the visit whose page load they belong to. */
export default function startVitals(own: Own, send: typeof post): void {
  const loaded = own.visit;
  const report = ({ name, value, navigationType }: Metric) => {
    // A page that came back from the bfcache is a visit of its own; a route of an app is not a page load.
    const messageId = navigationType === "back-forward-cache" ? own.visit : (loaded ?? own.visit);
    if (messageId) send("/engagement", { messageId, [name.toLowerCase()]: name === "CLS" ? value : Math.round(value) });
  };
  onLCP(report);
  onINP(report);
  onCLS(report);
}
