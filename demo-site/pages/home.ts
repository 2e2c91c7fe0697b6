import { consignment } from "../render/consignment.ts";
import { discChart } from "../render/disc.ts";
import { html, type Html } from "../render/html.ts";
import type { Page } from "../render/layout.ts";
import { stripChart, type StripMark } from "../render/strip.ts";
import { newsletterSection } from "./newsletter.ts";
import { postList } from "./blog.ts";
import { posts } from "../posts/index.ts";

const moments: (StripMark & { clock: string; title: string; text: string })[] = [
  { letter: "A", hour: 0.58, clock: "16:20", title: "Packed, Grimsby", text: "Logger 0417 goes in the second layer, the door closes at 4.1\u00a0°C." },
  { letter: "B", hour: 5.33, clock: "21:05", title: "Handed over, East Midlands", text: "The driver's tap puts a place and a name on the minute." },
  { letter: "C", hour: 10.8, clock: "02:10", title: "Waits on the apron", text: "47 minutes, 9.4\u00a0°C at the worst. Your night desk hears of it at minute twelve." },
  { letter: "D", hour: 19.25, clock: "11:00", title: "Customs, Leipzig", text: "Back inside the band since 02:57. The cool-down is on the record too." },
  { letter: "E", hour: 30.2, clock: "22:00", title: "Opened, hospital pharmacy", text: "One tap. Judged against the product's own limits: release, with a note." },
];

/** The front page. */
export function homePage(): Page {
  return {
    path: "/",
    title: "Proof that it stayed cold",
    description: "Reusable temperature loggers for vaccines, biologics and fresh fish, with a record that is checked, signed and ready when the box is opened.",
    body: html`${hero()}${journey()}${arrivals()}${voice()}
<section class="wrap notes"><div class="head-row"><h2>From the notebook</h2><a href="/blog">All notes</a></div>${postList(posts.slice(0, 3))}</section>
${newsletterSection({})}`,
  };
}

function hero(): Html {
  return html`<section class="hero paper"><div class="wrap hero-grid">
<div><h1>It stayed cold. Here is the proof.</h1>
<p class="lede">Rimeway loggers travel with vaccines, biologics and fresh fish. When the box is opened, the record is already checked against your limits, signed, and waiting for whoever has to release the goods.</p>
<p class="actions"><a class="button" href="/pricing">See the rate card</a><a class="button quiet" href="/guide">Take the field guide</a></p>
<dl class="figures"><div><dt>±0.3&nbsp;°C</dt><dd>from −30 to +60</dd></div><div><dt>18 months</dt><dd>on one battery</dd></div><div><dt>4 minutes</dt><dd>from tap to release</dd></div></dl></div>
<figure class="hero-chart">${discChart()}<figcaption>The red is 47 minutes on an airport apron. Nobody had to go looking for it.</figcaption></figure>
</div></section>`;
}

function journey(): Html {
  const { hours, readings } = consignment;
  const average = readings.reduce((sum, reading) => sum + reading.celsius, 0) / readings.length;
  const items = moments.map((moment) => html`<li><span class="letter" aria-hidden="true">${moment.letter}</span><p class="when">${moment.clock}</p><h3>${moment.title}</h3><p>${moment.text}</p></li>`);
  return html`<section class="journey"><div class="wrap">
<h2>One consignment, 31&nbsp;hours, five pairs of hands</h2>
<p class="intro">The average temperature of this box was ${average.toFixed(1)} °C, which tells you nothing. What you need to know is where the forty-seven minutes went.</p>
<div class="journey-grid">${stripChart({ hours, readings, marks: moments, vertical: false })}${stripChart({ hours, readings, marks: moments, vertical: true })}<ol class="moments">${items}</ol></div>
</div></section>`;
}

function arrivals(): Html {
  const rows = [
    ["A signed record", "Sealed at the logger, not in the cloud: a PDF for people, a CSV for your system, and a hash that shows if either was touched. Kept for as long as the product needs."],
    ["A verdict", "Release, hold or reject, by the limits of that product and the time it may spend outside them. Not a generic two-to-eight."],
    ["A place", "Each warm minute belongs to a leg and a hand-over. The conversation with the carrier starts from the same page."],
    ["A head start", "If it has to be a deviation, the form is already filled in: trace, times, peak, mean kinetic temperature. You write the judgement."],
  ] as const;
  return html`<section class="arrivals"><div class="wrap arrivals-grid">
<div class="arrivals-head"><h2>What arrives with the goods</h2><p>No reader, no cable, no software to install at the far end. The person who opens the box holds a phone against the logger.</p><p><a href="/resources">See a real record</a></p></div>
<dl class="ledger">${rows.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)}</dl>
</div></section>`;
}

function voice(): Html {
  return html`<section class="voice"><div class="wrap"><figure>
<blockquote><p>We used to argue about whose forty minutes it was. Now there is a trace with a place on it, and the argument is over before the pallet is unwrapped.</p></blockquote>
<figcaption>Marta Lindqvist, quality lead at Halvorsen Biologics. 340 lanes, 12 countries.</figcaption>
</figure></div></section>`;
}
