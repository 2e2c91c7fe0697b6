import { html } from "../render/html.ts";
import type { Page } from "../render/layout.ts";

/** What a workflow told the team. */
export interface Note {
  message: string;
  /** Epoch ms. */
  at: number;
  /** The sender's idempotency key; "" when it sent none. */
  key: string;
}

const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The team's own page: where the demo's workflow leaves its notices. */
export function inboxPage(notes: readonly Note[]): Page {
  const list = notes.map((note) => html`<li><time datetime="${new Date(note.at).toISOString()}">${time.format(note.at)}</time><p>${note.message}</p></li>`);
  return {
    path: "/team",
    title: "The team's inbox",
    description: "What the workflow tells the people at Rimeway.",
    staff: { refreshS: 3 },
    body: html`<section class="paper page-head tall"><div class="wrap"><h1>The team's inbox</h1>
<p class="lede">A workflow in your workspace writes here. Sign up for <a href="/newsletter">the letter</a>, then open <a href="/pricing">the prices</a>: the notice arrives within a second.</p>
${notes.length === 0 ? html`<p class="notes-none">Nothing yet.</p>` : html`<ol class="notes">${list}</ol>`}
</div></section>`,
  };
}
