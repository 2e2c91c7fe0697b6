import { html, type Html } from "../render/html.ts";
import type { Page } from "../render/layout.ts";

interface Plan {
  name: string;
  for: string;
  price: string;
  unit: string;
  gets: readonly string[];
  action: readonly [label: string, href: string];
}

const plans: readonly Plan[] = [
  { name: "Lane", for: "A few routes that have to be right.", price: "£14", unit: "per logger, per month", gets: ["5 to 39 loggers", "Record and verdict on every opening", "Alarm to phone and e-mail", "Records kept for 2 years"], action: ["Start with five", "mailto:hello@rimeway.example?subject=Five%20loggers"] },
  { name: "Depot", for: "A warehouse that ships every day.", price: "£11", unit: "per logger, per month", gets: ["40 to 399 loggers", "Everything in Lane", "Hand-over points with names on them", "Deviation forms filled in", "Records kept for 7 years"], action: ["Plan a depot", "mailto:hello@rimeway.example?subject=A%20depot"] },
  { name: "Network", for: "Several sites, one quality system.", price: "£8.50", unit: "per logger, per month", gets: ["400 loggers and more", "Everything in Depot", "Validation package and site visits", "Your own retention, your own region", "A named person in Grimsby"], action: ["Talk to Grimsby", "tel:+441632960417"] },
];

const questions = [
  ["Do we own the loggers?", "No, and you will be glad of it. We own them, calibrate them every year and swap any unit that drifts. You pay for those that are in service; a unit on your shelf with its pin in costs nothing."],
  ["What if one does not come back?", "Three in a hundred are lost in an ordinary year and are part of the price. Past that we charge £38 each. Most come home by themselves: the finder's label carries a prepaid address."],
  ["Does the far end need an account?", "No. The person who opens the box holds a phone against the logger and sees the verdict. The full record goes to you, and to whoever you named for that lane."],
  ["Can we leave?", "At the end of any month. You take all records as signed PDFs and one CSV per consignment; the check tool is public and works without us."],
  ["Is VAT included?", "Prices are without VAT. Carriage of the loggers to your door is included in the United Kingdom, Ireland and the European Union."],
] as const;

const compared: readonly (readonly [string, string, string, string])[] = [
  ["Loggers", "5–39", "40–399", "400+"],
  ["Reading every", "5 min", "1–15 min", "1–15 min"],
  ["Live position and alarm", "at hand-overs", "on the road", "on the road"],
  ["Product limits", "10", "no limit", "no limit"],
  ["Audit trail, e-signatures", "yes", "yes", "yes, validated"],
  ["Records kept", "2 years", "7 years", "as you set"],
  ["Answer from a person", "next working day", "4 hours", "1 hour, day and night"],
];

/** The rate card: plans, an estimate, the comparison and common questions. */
export function pricingPage(): Page {
  return {
    path: "/pricing",
    title: "Pricing",
    description: "One price per logger in service, calibration and losses included. From £14 a month.",
    script: "pricing.js",
    body: html`<section class="paper page-head"><div class="wrap"><h1>One price per logger in service</h1>
<p class="lede">Calibration, carriage, swaps and an ordinary year's losses are in it. Loggers resting on your shelf are not.</p></div></section>
<section class="wrap rates" aria-label="Plans">${plans.map(planRow)}</section>
${estimate()}${comparison()}
<section class="wrap questions"><h2>Asked before signing</h2>${questions.map(([question, answer]) => html`<details><summary>${question}</summary><p>${answer}</p></details>`)}</section>`,
  };
}

function planRow(plan: Plan): Html {
  return html`<article class="rate"><div><h2>${plan.name}</h2><p>${plan.for}</p></div>
<p class="price"><strong>${plan.price}</strong> <span>${plan.unit}</span></p>
<ul>${plan.gets.map((item) => html`<li>${item}</li>`)}</ul>
<p><a class="button quiet" href="${plan.action[1]}">${plan.action[0]}</a></p></article>`;
}

function estimate(): Html {
  return html`<section class="estimate"><div class="wrap estimate-grid"><div><h2>What a month costs</h2>
<p>Count the loggers that are out at the same time on your busiest day. That is the number in service.</p></div>
<form class="estimate-form" data-estimate><label for="loggers">Loggers in service</label>
<div class="slider"><input type="range" id="loggers" min="5" max="500" step="1" value="60"><output for="loggers" data-count>60</output></div>
<p class="sum"><strong data-sum>£660</strong> a month on <span data-plan>Depot</span>, without VAT</p></form></div></section>`;
}

function comparison(): Html {
  return html`<section class="wrap compare"><h2>Side by side</h2><div class="table-scroll" role="region" aria-label="Plans side by side" tabindex="0"><table>
<thead><tr><th scope="col">What</th>${plans.map((plan) => html`<th scope="col">${plan.name}</th>`)}</tr></thead>
<tbody>${compared.map(([what, ...cells]) => html`<tr><th scope="row">${what}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div></section>`;
}
