import { html, type Html } from "../render/html.ts";
import type { Page } from "../render/layout.ts";

interface View {
  path: string;
  /** In the guide's own list. */
  label: string;
  title: string;
  body: Html;
}

const views: readonly View[] = [
  {
    path: "/guide",
    label: "Start",
    title: "Your first lane in a week",
    body: html`<p class="lede">A lane is one route with one product on it. Get one right and the others are copies. This takes about five working days, most of them waiting.</p>
<ol class="steps"><li><a href="/guide/place-loggers">Place the loggers</a><p>Monday. Twenty minutes at the packing table.</p></li><li><a href="/guide/set-limits">Set the limits</a><p>Tuesday. One hour with the person who knows the stability data.</p></li><li><a href="/guide/read-a-trace">Read the traces</a><p>Thursday and Friday, when the first boxes have been opened.</p></li><li><a href="/guide/mkt">Work out the kinetic mean</a><p>Only if a trace left its band.</p></li></ol>`,
  },
  {
    path: "/guide/place-loggers",
    label: "Place the loggers",
    title: "Place the loggers",
    body: html`<p class="lede">Two in each box for the first ten boxes. After that you will know which of the two to keep.</p>
<ol class="steps"><li><strong>Choose the warm spot.</strong><p>One layer below the lid, at the corner that faces the door of the vehicle.</p></li><li><strong>Choose the cold spot.</strong><p>Beside the product nearest to the coolant, a hand's width away from the pack itself.</p></li><li><strong>Pull the pin.</strong><p>The ring turns green when the logger has seen the temperature settle, about nine minutes at 5&nbsp;°C. Close the box only then.</p></li><li><strong>Tap.</strong><p>Hold a phone against it. The lane's name appears; if it is the wrong one, choose another before you let go.</p></li></ol>
<aside class="hint"><p>No signal in the cold room? The tap is kept in the logger and sent from the dock.</p></aside>`,
  },
  {
    path: "/guide/set-limits",
    label: "Set the limits",
    title: "Set the limits",
    body: html`<p class="lede">A limit has three parts: a temperature, a time, and what happens next. Two-to-eight alone has only one of them.</p>
<div class="table-scroll" role="region" aria-label="Example limits" tabindex="0"><table><thead><tr><th scope="col">Product</th><th scope="col">Band</th><th scope="col">May be outside for</th><th scope="col">Then</th></tr></thead>
<tbody><tr><th scope="row">Adsorbed vaccine</th><td>2 to 8&nbsp;°C</td><td>0&nbsp;min below 0&nbsp;°C</td><td>Reject</td></tr><tr><th scope="row">Monoclonal antibody</th><td>2 to 8&nbsp;°C</td><td>12 h, up to 25&nbsp;°C</td><td>Hold, ask quality</td></tr><tr><th scope="row">Fresh cod, on ice</th><td>−1 to 2&nbsp;°C</td><td>90 min, up to 5&nbsp;°C</td><td>Release, note on invoice</td></tr></tbody></table></div>
<p>The figures are examples. Yours come from the stability study, and its number belongs into the field beside the limit, since that is the first thing an auditor will ask for.</p>
<p>Set the warning at the rise, not at the edge: one degree in ten minutes is a door that somebody can still close.</p>`,
  },
  {
    path: "/guide/read-a-trace",
    label: "Read the traces",
    title: "Read the traces",
    body: html`<p class="lede">Most traces are one of four shapes. Learn these and you can read a consignment in the time that it takes to open one.</p>
<dl class="ledger"><div><dt>A slow saw</dt><dd>The compressor's own cycle, half a degree up and down. Healthy. If its teeth grow wider day by day, the door seal is going.</dd></div><div><dt>A tall thin spike</dt><dd>The logger felt a room that the product did not. Look at where it sat before you write a report.</dd></div><div><dt>A shark's fin</dt><dd>Fast up, slow down: a hand-over. The area under the fin is what matters, not its tip.</dd></div><div><dt>A ramp without an end</dt><dd>The coolant is spent or the unit is off. Every minute counts; call before you look at anything else.</dd></div></dl>
<p>Practise on a real one: <a href="/exports/consignment-0417" download>export consignment 0417</a> and find the fin.</p>`,
  },
  {
    path: "/guide/mkt",
    label: "Kinetic mean",
    title: "Work out the kinetic mean",
    body: html`<p class="lede">Paste readings in °C, taken at even times. The sum is done here in your browser; nothing you paste leaves it.</p>
<form class="calculator" data-calculator><p><label for="readings">Readings in °C</label><textarea id="readings" rows="5" spellcheck="false" inputmode="text">4.1 4.4 4.6 4.5 9.4 8.2 6.0 4.9 4.4 4.2 4.3 4.5</textarea></p>
<dl class="figures" aria-live="polite"><div><dt data-mkt>–</dt><dd>mean kinetic</dd></div><div><dt data-mean>–</dt><dd>plain average</dd></div><div><dt data-peak>–</dt><dd>highest</dd></div><div><dt data-low>–</dt><dd>lowest</dd></div></dl><p class="byline" data-note>Activation energy 83.144 kJ/mol.</p></form>
<noscript><p>The calculator needs JavaScript. The formula is in <a href="/blog/mean-kinetic-temperature">this note</a>.</p></noscript>
<p>What the figure hides is in <a href="/blog/mean-kinetic-temperature">Mean kinetic temperature, in plain words</a>.</p>`,
  },
];

/** Each view of the field guide as a page of its own: a deep link shows it without script, the guide's router takes over from there. */
export function guidePages(): Page[] {
  return views.map((current) => ({
    path: current.path,
    title: titleOf(current),
    description: "How to set up your first temperature-controlled lane, in four short steps.",
    script: "guide.js",
    body: html`<div class="wrap guide" data-guide><nav class="guide-nav" aria-label="Field guide"><p>Field guide</p><ol>${views.map((view) => html`<li><a href="${view.path}"${view === current && html` aria-current="page"`}>${view.label}</a></li>`)}</ol></nav>
<div class="guide-views">${views.map((view, index) => viewSection(view, view === current, views[index + 1]))}</div></div>`,
  }));
}

function viewSection(view: View, shown: boolean, next: View | undefined): Html {
  return html`<article data-view="${view.path}" data-title="${titleOf(view)} · Rimeway"${!shown && html` hidden`}><h1 tabindex="-1">${view.title}</h1>${view.body}
${next ? html`<p class="guide-next"><a class="button" href="${next.path}">Next: ${next.label.toLowerCase()}</a></p>` : html`<p class="guide-next"><a class="button" href="/resources">Take the worksheets</a></p>`}</article>`;
}

function titleOf(view: View): string {
  return view.path === "/guide" ? "Field guide" : `${view.title}, field guide`;
}
