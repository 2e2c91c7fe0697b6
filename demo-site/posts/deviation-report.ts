import { html } from "../render/html.ts";
import type { Post } from "./index.ts";

export const deviationReport: Post = {
  slug: "a-deviation-report-that-gets-signed",
  title: "A deviation report that gets signed the first time",
  summary: "Quality leads send reports back for the same four reasons. Write for the person who has to put a name under it.",
  author: "Marta Lindqvist",
  role: "guest, Halvorsen Biologics",
  date: "2026-07-08",
  seed: 5,
  body: html`<p>I sign about two hundred transport deviations a year. I send back a third of them, and hardly ever because the goods were bad. They come back because I cannot tell from the page what I am being asked to believe.</p>
<p>Here is what makes me reach for the pen, in the order in which I look for it.</p>
<h2>The sentence at the top</h2>
<p>“Released: 47 minutes above 8&nbsp;°C, peak 9.4&nbsp;°C, covered by stability study 22-118 (72&nbsp;hours at 25&nbsp;°C).” I want the decision, how long, how warm, and the document that makes it right. If the top of the report says “a temperature excursion was observed during transport”, I know that I shall have to dig.</p>
<h2>The trace, with three marks on it</h2>
<p>Print the chart. Mark the start, the peak and the end, each with the time and the place. Say which time zone. A report about a flight from Leipzig to Singapore with times that could be either city's will come back, however good the chemistry.</p>
<h2>The time already spent</h2>
<p>Stability budgets add up over a product's life. If a batch is allowed seventy-two hours outside the label in all, I need to know how many of them were used before this shipment. A report that judges each trip by itself can be right five times and still release something that ran out of time on the third.</p>
<h2>A cause that is a cause</h2>
<p>“Human error” is not one. “Carrier delay” is not one either. “The trailer was loaded before the unit had cooled down, since the dock schedule leaves 15 minutes and cooling takes 40” is one, because I can see what will be different next week.</p>
<blockquote><p>If the corrective action is “retrain the staff”, ask what they would have done with perfect training and the same dock schedule.</p></blockquote>
<h2>And then stop</h2>
<p>Two pages. The rest is an attachment. The longest report I have had was thirty-one pages, and the answer to my only question was on none of them.</p>
<p>Rimeway asked me to turn this into a form, and I did: <a href="/files/deviation-report-template.pdf">the deviation report template</a> (PDF, two pages). Change it until it fits your house. Only keep the sentence at the top.</p>`,
};
