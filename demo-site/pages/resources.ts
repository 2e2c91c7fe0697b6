import { html, type Html } from "../render/html.ts";
import type { Page } from "../render/layout.ts";
import { documents, type DocumentEntry } from "../files/catalogue.ts";

const elsewhere = [
  ["https://gdp.example.org/guidelines", "Good distribution practice, the guideline itself", "Chapter 9 is the one that gets quoted at you.", true],
  ["https://kinetic.example.net/haynes-1971", "Haynes, 1971: the paper behind mean kinetic temperature", "Three pages, and still the clearest.", false],
  ["https://airports.example.com/apron-times", "Apron waiting times by airport", "Published each quarter by the handlers' forum.", false],
] as const;

/** Downloads and links to elsewhere. `sizes` holds the bytes of each file, by its name. */
export function resourcesPage(sizes: ReadonlyMap<string, number>): Page {
  return {
    path: "/resources",
    title: "Resources",
    description: "A checklist, a handbook, a report template and a kit of worksheets, free to take and to change.",
    body: html`<section class="paper page-head"><div class="wrap"><h1>Take these with you</h1>
<p class="lede">Written for our own customers, free for everybody. Put your own logo on them; we will not mind.</p></div></section>
<section class="wrap shelf" aria-label="Papers">${documents.map((entry) => sheet(entry, sizes.get(entry.file) ?? 0))}</section>
${kit(sizes.get("rimeway-lane-kit.zip") ?? 0)}
<section class="wrap elsewhere"><h2>Elsewhere</h2><ul>${elsewhere.map(([href, label, why, newTab]) => html`<li><a href="${href}"${newTab && html` target="_blank" rel="noopener"`}>${label}${newTab && html`<span class="hidden-visually"> (opens in a new tab)</span>`}</a><p>${why}</p></li>`)}</ul></section>`,
  };
}

function sheet(entry: DocumentEntry, bytes: number): Html {
  const href = `/files/${entry.file}`;
  return html`<article class="sheet"><div class="sheet-face" aria-hidden="true"><span>${entry.coverWord}</span><i>${entry.pages}</i></div>
<div><h2>${entry.title}</h2><p>${entry.summary}</p>
<p class="actions"><a class="button" href="${href}">${downloadIcon()}<span class="button-label">Download</span><span class="hidden-visually"> ${entry.title}</span></a><a href="${href}" target="_blank" rel="noopener">Read in a new tab<span class="hidden-visually">: ${entry.title}</span></a></p>
<p class="byline">PDF, ${entry.pages} pages, ${kilobytes(bytes)}</p></div></article>`;
}

function kit(bytes: number): Html {
  return html`<section class="kit"><div class="wrap kit-grid"><div><h2>The lane kit</h2>
<p>Four worksheets as CSV and a page that says how to use them: lane description, product limits, hand-over log, excursion register.</p>
<p class="actions"><a class="button" href="/files/rimeway-lane-kit.zip">${downloadIcon()}<span class="button-label">Get the kit</span></a><span class="byline">ZIP, ${kilobytes(bytes)}</span></p></div>
<div><h2>A real record</h2><p>Consignment 0417, one reading in five minutes for 31 hours, the same one that is drawn on the front page. As your system would receive it.</p>
<p class="actions"><a class="button quiet" href="/exports/consignment-0417" download>Export the record</a><span class="byline">CSV</span></p></div></div></section>`;
}

function downloadIcon(): Html {
  return html`<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M8 1.5v9M4 7l4 4 4-4M2 14.5h12" fill="none" stroke="currentColor" stroke-width="1.8"/></svg>`;
}

function kilobytes(bytes: number): string {
  return `${Math.max(1, Math.round(bytes / 1024))} KB`;
}
