import { html, type Html } from "../render/html.ts";

const facts = ["Consignment", "Product and batch", "From, to", "Carrier, leg", "Logger, calibrated until", "Record attached (file, hash)"];

/** Two pages to fill in. */
export function report(): Html[] {
  return [
    html`<header class="cover"><h1>Transport temperature deviation</h1><p>Fill in from top to bottom. If a field does not fit its line, it belongs into an attachment.</p></header>
<h2>Decision</h2><p class="note">One sentence: decision, how long, how warm, and the document that makes it right.</p>${lines(3)}
<p class="choices"><i></i> Release <i></i> Hold until <b class="short"></b> <i></i> Reject <i></i> Return</p>
<h2>What travelled</h2><table class="form"><tbody>${facts.map((fact) => html`<tr><th>${fact}</th><td></td></tr>`)}</tbody></table>
<h2>What happened</h2><table class="form grid"><thead><tr><th></th><th>Local time and zone</th><th>Place, who held it</th><th>°C</th></tr></thead><tbody>${["Left the band", "Peak or low", "Back in the band"].map((row) => html`<tr><th>${row}</th><td></td><td></td><td></td></tr>`)}</tbody></table>
<p class="note">Minutes outside in all <b class="short"></b> Mean kinetic temperature, closing to opening <b class="short"></b></p>
<p class="note">Below 0 °C at any time? <i></i> no <i></i> yes, and then: freeze-sensitive? <i></i> no <i></i> yes: reject, stop here.</p>`,
    html`<h2>Why the goods are, or are not, fit</h2>
<table class="form"><tbody><tr><th>Stability study, condition</th><td></td></tr><tr><th>Allowed outside the label, in all</th><td></td></tr><tr><th>Spent before this trip</th><td></td></tr><tr><th>Spent on this trip</th><td></td></tr><tr><th>Left</th><td></td></tr></tbody></table>
${lines(3)}
<h2>Cause</h2><p class="note">A cause is something that can be different next week. “Human error” and “carrier delay” are not causes; keep asking.</p>${lines(2)}
<h2>What changes</h2><table class="form grid even"><thead><tr><th>Measure</th><th>Who</th><th>By</th><th>How we shall see that it worked</th></tr></thead><tbody>${[1, 2, 3].map(() => html`<tr><td></td><td></td><td></td><td></td></tr>`)}</tbody></table>
<h2>Signed</h2><table class="form grid"><thead><tr><th></th><th>Name</th><th>Date</th><th>Signature</th></tr></thead><tbody>${["Written by", "Checked by", "Released by"].map((row) => html`<tr><th>${row}</th><td></td><td></td><td></td></tr>`)}</tbody></table>`,
  ];
}

/** Ruled lines to write on. */
function lines(count: number): Html {
  return html`<div class="lines">${Array.from({ length: count }, () => html`<div></div>`)}</div>`;
}
