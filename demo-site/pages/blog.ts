import { html, type Html } from "../render/html.ts";
import type { Page } from "../render/layout.ts";
import { sparkline } from "../render/strip.ts";
import { posts, type Post } from "../posts/index.ts";

/** Posts as a list, newest first, each beside a small trace. */
export function postList(list: readonly Post[]): Html {
  return html`<ol class="posts">${list.map((post) => html`<li><a href="/blog/${post.slug}">${sparkline(post.seed)}
<div><h3>${post.title}</h3><p>${post.summary}</p><p class="byline">${post.author}, <time datetime="${post.date}">${longDate(post.date)}</time></p></div></a></li>`)}</ol>`;
}

/** The index of all notes. */
export function blogPage(): Page {
  return {
    path: "/blog",
    title: "Notes",
    description: "Notes on keeping things cold, and proving it, by the people at Rimeway.",
    body: html`<section class="paper page-head"><div class="wrap"><h1>Notes from the cold side of the dock</h1>
<p class="lede">Written by the people who calibrate the loggers and read the traces. No news about us.</p></div></section>
<section class="wrap notes"><h2 class="hidden-visually">All notes</h2>${postList(posts)}</section>`,
  };
}

/** One note. */
export function postPage(post: Post): Page {
  const next = posts[(posts.indexOf(post) + 1) % posts.length];
  return {
    path: `/blog/${post.slug}`,
    title: post.title,
    description: post.summary,
    body: html`<article class="post"><header class="paper page-head"><div class="wrap narrow"><h1>${post.title}</h1>
<p class="byline">${post.author}, ${post.role}. <time datetime="${post.date}">${longDate(post.date)}</time></p></div></header>
<div class="wrap narrow prose">${post.body}</div></article>
${next && html`<nav class="wrap narrow next" aria-label="Next note"><p>Read next</p><a href="/blog/${next.slug}">${next.title}</a></nav>`}`,
  };
}

function longDate(date: string): string {
  return new Date(`${date}T12:00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}
