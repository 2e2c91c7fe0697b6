import { html, type Html } from "../render/html.ts";
import { consignment } from "../render/consignment.ts";
import { stripChart } from "../render/strip.ts";

/** Four pages on showing that a route holds its temperature. */
export function handbook(): Html[] {
  return [question(), risk(), placement(), writing()];
}

function question(): Html {
  return html`<header class="cover"><h1>Lane qualification, step by step</h1><p>A qualified lane is one for which you can say beforehand what the product will feel, and show afterwards that it did.</p></header>
<h2>1. Ask a question that can be answered</h2>
<p>“Is the route to Leipzig all right?” cannot be tested. “Does this shipper, packed by our instruction, keep product between 2 and 8 °C for 48 hours door to door, in the warmest and the coldest weeks of the year?” can be. Write down the question first. It has five parts:</p>
<table><thead><tr><th>Part</th><th>Example</th></tr></thead><tbody>
<tr><td>Product and its limits</td><td>2 to 8 °C, never below 0 °C, 12 hours up to 25 °C study 22‑118</td></tr>
<tr><td>Packaging</td><td>40-litre passive shipper, summer and winter configuration</td></tr>
<tr><td>Route</td><td>Grimsby, East Midlands, Leipzig, hospital pharmacy</td></tr>
<tr><td>Longest time</td><td>31 hours planned, 48 hours qualified: plan, plus one missed flight</td></tr>
<tr><td>Season</td><td>Ambient profile from three years of airport data, worst week each</td></tr></tbody></table>
<h2>What it costs</h2>
<p>A lane with one product and one shipper takes about five working days of one person, spread over two seasons, and six shipments. The second lane with the same shipper takes two days, since steps 2 and 4 are then mostly copying.</p>
<h2>Who has to be in the room</h2>
<p>One from quality, one who packs, one from the carrier who has stood on that dock. Leave out the third, and you will be qualifying the map.</p>`;
}

function risk(): Html {
  return html`<h2>2. Walk the lane on paper</h2>
<p>Draw each leg and each hand-over as a box. For each box ask three things: how long, how warm, and who would notice. Give each a number from 1 to 3 and multiply. Anything from 12 upwards gets a measure before the first test shipment; there is no point in measuring what you already know to be broken.</p>
<table><thead><tr><th>Step</th><th>How long</th><th>How warm</th><th>Who notices</th><th>Product</th></tr></thead><tbody>
<tr><td>Packing table, Grimsby</td><td>1</td><td>1</td><td>1</td><td>1</td></tr>
<tr><td>Dock, waiting for the truck</td><td>1</td><td>2</td><td>2</td><td>4</td></tr>
<tr><td>Truck to East Midlands</td><td>2</td><td>1</td><td>1</td><td>2</td></tr>
<tr class="hot"><td>Apron</td><td>2</td><td>3</td><td>3</td><td>18</td></tr>
<tr><td>Flight</td><td>1</td><td>2</td><td>3</td><td>6</td></tr>
<tr class="hot"><td>Customs, Leipzig</td><td>3</td><td>2</td><td>2</td><td>12</td></tr>
<tr><td>Last mile</td><td>1</td><td>2</td><td>1</td><td>2</td></tr></tbody></table>
<p>The measure for the apron was a thermal cover and a call to the night desk at the first degree gained. For customs it was a pre-announcement, which cost nothing.</p>
<h2>Write the protocol before the test</h2>
<ul><li>How many shipments: three for each season, consecutive, none left out afterwards.</li><li>What counts as passed: every reading of every logger within limits from closing to opening.</li><li>What happens if one fails: cause, measure, three new ones. Not the best three of five.</li><li>Who signs, before and after.</li></ul>
<p>The sentence about leaving none out is the one that is read aloud in audits. Keep the failed runs in the report; they show that the test could fail.</p>`;
}

function placement(): Html {
  const { hours, readings } = consignment;
  return html`<h2>3. Put the loggers where it is worst</h2>
<p>Twelve loggers for a pallet, three for a parcel. The middle is comfortable, so it needs one at most.</p>
<table><thead><tr><th>Load</th><th>Where</th><th>What it catches</th></tr></thead><tbody>
<tr><td>Parcel</td><td>Top layer, one carton below the lid, corner</td><td>Sun, hot dock, opened lid</td></tr>
<tr><td>Parcel</td><td>Product nearest to the coolant, a hand's width off</td><td>Freezing in the first hours</td></tr>
<tr><td>Parcel</td><td>Outside, under the label</td><td>The ambient that you compare with</td></tr>
<tr><td>Pallet</td><td>Eight corners, top and bottom</td><td>Doors, floor, radiation</td></tr>
<tr><td>Pallet</td><td>Beneath the air outlet, facing it</td><td>Freezing when the unit works hard</td></tr>
<tr><td>Pallet</td><td>Centre, top-layer centre, outside</td><td>Inertia, cover, ambient</td></tr></tbody></table>
<p>A logger lies in a product carton, or in a dummy of the same mass. Bare plastic between cartons warms four times as fast as a box of vials, and you would be qualifying plastic.</p>
<h2>Read it as a shape</h2>
<figure class="strip-figure">${stripChart({ hours, readings, marks: [{ letter: "C", hour: 10.8 }], vertical: false })}<figcaption>Consignment 0417, thirty-one hours. C is the apron: fast up, slow down, 47 minutes above 8 °C. The area under the fin is what the product felt.</figcaption></figure>
<p>Compare each logger with the one outside. If they rise together, the packaging is at its end. If the inner one rises alone, look at the coolant. If one corner is always first, that is where your routine logger will live from now on.</p>`;
}

function writing(): Html {
  return html`<h2>4. Write four pages, not forty</h2>
<p>The report answers the question of step 1 in its first sentence, yes or no. Then:</p>
<ol><li>The question, word for word, with its five parts.</li><li>Deviations from the protocol, each with its effect on the answer.</li><li>One chart for each shipment, all loggers, limits drawn in, time zone named.</li><li>A table: lowest, highest, mean kinetic temperature, minutes outside, for each logger.</li><li>Which logger position was worst, summer and winter. This becomes the routine position.</li><li>What would make this qualification invalid: new carrier, new airport, new shipper, a longer plan.</li></ol>
<p>Raw data, certificates and photographs are attachments. A photograph of each packed layer, with the logger in it, saves the longest conversations.</p>
<h2>5. Keep it alive</h2>
<table><thead><tr><th>When</th><th>Do</th></tr></thead><tbody>
<tr><td>Each shipment</td><td>One logger in the worst position. Judge by product limits.</td></tr>
<tr><td>Each month</td><td>Look at the longest hand-over. If it grows, call before it becomes a deviation.</td></tr>
<tr><td>Each year</td><td>Review the lane: excursions, changes of carrier and schedule, new stability data. One page.</td></tr>
<tr><td>Every change in point 6</td><td>Decide in writing whether three new shipments are needed.</td></tr>
<tr><td>Every three years</td><td>New ambient profile. Summers are not what they were.</td></tr></tbody></table>
<h2>If you only remember one thing</h2>
<p class="big">Qualify the hand-overs. The road between them is rarely the trouble.</p>
<p>Worksheets for all five steps are in the lane kit, on the same page as this handbook.</p>`;
}
