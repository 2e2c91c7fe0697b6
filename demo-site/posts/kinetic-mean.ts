import { html } from "../render/html.ts";
import type { Post } from "./index.ts";

export const kineticMean: Post = {
  slug: "mean-kinetic-temperature",
  title: "Mean kinetic temperature, in plain words",
  summary: "What the number says, what it hides, and why a kind-looking 5\u00a0°C can belong to a frozen vaccine.",
  author: "Dr. Tom Abara",
  role: "calibration laboratory",
  date: "2026-09-30",
  seed: 8,
  body: html`<p>Take a box that sat at 5&nbsp;°C for twenty-three hours and at 25&nbsp;°C for one. Its average is 5.8&nbsp;°C. Ask a chemist how much the product aged and the answer is another number: it aged as if it had been at 7.8&nbsp;°C the whole day. That second number is the mean kinetic temperature, or MKT.</p>
<h2>Why the two differ</h2>
<p>Chemical decay speeds up with heat, and not in a straight line. An hour at 25&nbsp;°C costs a typical product as much as ten hours or more at 5&nbsp;°C. The ordinary average treats every degree alike. MKT weighs each reading by the damage that it does, then asks: which steady temperature would have done the same?</p>
<pre><code>MKT = (ΔH / R) / −ln( (e^(−ΔH/RT₁) + … + e^(−ΔH/RTₙ)) / n )</code></pre>
<p>T is in kelvin, R is the gas constant, and ΔH is the activation energy. By convention it is set at 83.144 kJ/mol, which makes ΔH/R a round 10,000 kelvin. That is a fair middle for small-molecule medicines. If your stability data give another value, use yours and say so in the report.</p>
<h2>Three examples worth keeping</h2>
<div class="table-scroll" role="region" aria-label="Average and MKT of three records" tabindex="0"><table>
<thead><tr><th scope="col">Record</th><th scope="col">Average</th><th scope="col">MKT</th></tr></thead>
<tbody><tr><th scope="row">23&nbsp;h at 5&nbsp;°C, 1&nbsp;h at 25&nbsp;°C</th><td>5.8&nbsp;°C</td><td>7.8&nbsp;°C</td></tr>
<tr><th scope="row">A week at 5&nbsp;°C, with one hour at 25&nbsp;°C</th><td>5.1&nbsp;°C</td><td>5.5&nbsp;°C</td></tr>
<tr><th scope="row">23&nbsp;h at 5&nbsp;°C, 1&nbsp;h at −1&nbsp;°C</th><td>4.8&nbsp;°C</td><td>4.8&nbsp;°C</td></tr></tbody></table></div>
<p>The second row shows the oldest trick in the trade: leave the logger running in the fridge for a week afterwards and the excursion melts away. An MKT without its start and its end is worth nothing. Ours is always taken from sealing to opening, and both times are printed beside it.</p>
<p>The third row is the dangerous one. A vaccine with an aluminium adjuvant is lost once it has frozen, and MKT barely notices, because cold does no chemical ageing. Freezing is a yes-or-no question. Ask it separately, and ask it first.</p>
<h2>When to use it</h2>
<ul>
<li>For judging a warm spell in storage or transport, together with the peak and the time above the limit.</li>
<li>Over a span that you fixed before you saw the data.</li>
<li>Never as the only figure, never for anything that must not freeze, and never to excuse a peak that is outside what the stability data cover.</li>
</ul>
<p>There is <a href="/guide/mkt">a small calculator in the field guide</a>. Paste a column of readings into it and compare. It runs in your browser; the readings go nowhere.</p>`,
};
