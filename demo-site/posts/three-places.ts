import { html } from "../render/html.ts";
import type { Post } from "./index.ts";

export const threePlaces: Post = {
  slug: "three-places-a-logger-lies",
  title: "Three places where a logger lies",
  summary: "The instrument is right to a third of a degree. Put it in the wrong spot and it is right about the wrong thing.",
  author: "Callum Reyes",
  role: "lane qualification",
  date: "2026-08-19",
  seed: 11,
  body: html`<p>Nine times out of ten a puzzling trace is a true record of a place where no product was. Before you blame the carrier or the sensor, ask where the logger sat. These are the three spots that fool people most.</p>
<h2>1. On the lid</h2>
<p>It is the easiest place: open, drop, close. Warm air gathers under the lid, and each time the box is opened the logger feels the room before the product does. On a chart you see tall thin spikes which fall back within ten minutes. Thirty grams of plastic warm up quickly; four kilos of vials do not.</p>
<p>The fix is one layer of product between the logger and the lid. If the packing instruction doesn't say which layer, it says nothing.</p>
<h2>2. Against the coolant</h2>
<p>A logger that touches a gel pack reports the gel pack. For the first hours it will be colder than anything you ship, which looks like a freezing event and leads to good product being destroyed. Later it stays cool while the far corner is already warm, and that is worse, because nobody sees it.</p>
<p>Keep a hand's width from any coolant and from any wall. Where the box is too small for this, put the logger in a carton of the same size as the product's, and pack it as if it were product.</p>
<h2>3. In the middle of the pallet</h2>
<p>The middle is the most comfortable place on a truck. It is wrapped in its own cold. The corners at the door side, top layer, and the row beneath the air outlet are where the trouble begins: one warms at each stop, the other freezes when the unit works hard.</p>
<p>For routine shipping, one logger at the door-side top corner and one under the outlet tell you more than six in the middle. Once or twice a year, when you qualify the lane, use twelve and draw the map. Then you know which two to keep.</p>
<h2>A test for tomorrow morning</h2>
<p>Take two loggers, tape one where your instruction says and put the other inside a product carton right beside it. Ship the box as usual. If the two traces differ by more than a degree for longer than half an hour, your instruction describes a place, not the product. Chapter 3 of <a href="/files/lane-qualification-handbook.pdf">the lane qualification handbook</a> (PDF) has drawings to go with this.</p>`,
};
