import { html } from "../render/html.ts";
import type { Post } from "./index.ts";

export const fortySevenMinutes: Post = {
  slug: "forty-seven-minutes",
  title: "The forty-seven minutes nobody owns",
  summary: "Goods rarely warm up on the road. They warm up between two signatures, and most contracts leave that gap blank.",
  author: "Ines Farrow",
  role: "reads traces for a living",
  date: "2026-10-27",
  seed: 3,
  body: html`<p>Last winter we took every excursion in our archive that lasted longer than a quarter of an hour and asked one question of it: where was the box when it began? We expected trucks. We found doorways.</p>
<p>Four in five began within thirty minutes of a hand-over: a dock, an apron, a cross-belt, a customs table. The truck had a working unit and a driver who cared. So did the warehouse. In between, the pallet stood on concrete in the wind, and each side's record showed that its own part had gone well.</p>
<h2>Why the gap stays open</h2>
<p>Look at how responsibility is written down. The carrier's liability runs from loading to unloading. The warehouse's runs from receipt to release. “Loading” and “receipt” are moments on paper, but in life they take an hour, and nobody is measured on that hour. A supervisor who clears the dock quickly is praised for it, whether or not the trailer has been cooled down first.</p>
<p>Loggers made this worse for a while. A record with temperatures and no places invites everybody to remember the timeline that suits them.</p>
<h2>Three things that closed it</h2>
<ol>
<li><strong>Tap at both ends.</strong> The one who lets go taps the logger, the one who takes over taps it too. Two taps, two clocks, and the minutes between them have an address. It costs four seconds.</li>
<li><strong>Put the gap in the contract.</strong> One sentence is enough: “Between the releasing and the receiving tap, the goods are in the care of the releasing party, for no longer than 20 minutes.” Carriers sign it more easily than you fear, because it also protects them.</li>
<li><strong>Alarm on the rise, not on the limit.</strong> A box at 5&nbsp;°C that gains a degree in six minutes will pass 8&nbsp;°C within half an hour. Somebody can still walk over and push it inside. Once it has crossed, all that anyone can do is write about it.</li>
</ol>
<h2>What it does to the numbers</h2>
<p>A customer who ships clinical material through three airports did only the first of these, for ninety days. Excursions fell by a little over half. Nothing had been bought and no route had changed. People at the hand-over now knew that those minutes were being counted, and under whose name.</p>
<p>If you want to try it without us, take the hand-over log from <a href="/resources">the lane kit</a>, put a pen on a string beside the dock door, and have both sides write the time. After two weeks you will know which door to stand at.</p>`,
};
