import { html, type Html } from "../render/html.ts";
import type { Page } from "../render/layout.ts";

/** What a visitor typed, and what is wrong with it. Empty on first sight. */
export interface NewsletterState {
  email?: string;
  firstName?: string;
  company?: string;
  problem?: string;
}

/** The sign-up form. It works without script; `data-gtm-form` lets the tag identify the visitor who sends it. */
export function newsletterSection(state: NewsletterState): Html {
  const problem = state.problem;
  return html`<section class="letter-section" id="letter"><div class="wrap letter-grid">
<div><h2>The Cold Letter</h2><p>Once a month: one excursion taken apart, one habit worth copying. Read by four thousand people who sign for temperatures.</p></div>
<form class="letter-form" action="/newsletter" method="post" data-gtm-form>
${problem !== undefined && html`<p class="problem" id="letter-problem" role="alert">${problem}</p>`}
<p><label for="email">Work e-mail</label><input id="email" name="email" type="email" required maxlength="254" autocomplete="email" value="${state.email}"${problem !== undefined && html` aria-invalid="true" aria-describedby="letter-problem"`}></p>
<p class="half"><label for="first-name">First name</label><input id="first-name" name="firstName" maxlength="80" autocomplete="given-name" value="${state.firstName}"></p>
<p class="half"><label for="company">Company</label><input id="company" name="company" maxlength="120" autocomplete="organization" value="${state.company}"></p>
<p class="send"><button class="button" type="submit">Send me the letter</button><span>No tracking in the letter. One click to leave.</span></p>
</form></div></section>`;
}

/** The form on a page of its own: where a rejected one comes back with what was typed. */
export function newsletterPage(state: NewsletterState = {}): Page {
  return {
    path: "/newsletter",
    title: state.problem === undefined ? "The Cold Letter" : "Please check the address",
    description: "A monthly letter on keeping things cold and proving it.",
    body: html`<h1 class="hidden-visually">Sign up for The Cold Letter</h1>${newsletterSection(state)}`,
  };
}

/** Where a sent form ends. */
export function thanksPage(): Page {
  return {
    path: "/newsletter/thanks",
    title: "Thank you",
    description: "You are on the list.",
    body: html`<section class="paper page-head tall"><div class="wrap"><h1>You are on the list</h1>
<p class="lede">The next letter leaves Grimsby on the first Tuesday of the month. Until then, the checklist that readers ask for most:</p>
<p class="actions"><a class="button" href="/files/cold-chain-audit-checklist.pdf"><span class="button-label">Download the audit checklist</span></a><a class="button quiet" href="/blog">Read the notes</a></p></div></section>`,
  };
}

/** What is at an address that holds nothing. */
export function notFoundPage(): Page {
  return {
    path: "/404",
    title: "Nothing at this address",
    description: "The page is not here.",
    body: html`<section class="paper page-head tall"><div class="wrap"><h1>The pen left no mark here</h1>
<p class="lede">There is nothing at this address. It may have moved, or the link may have been cut short.</p>
<p class="actions"><a class="button" href="/">To the front page</a><a class="button quiet" href="/resources">Look for a download</a></p></div></section>`,
  };
}
