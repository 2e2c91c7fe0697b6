import { html, type Html } from "./html.ts";
import { tagScript, type Tag } from "./tag.ts";

/** One page before the frame is put round it. */
export interface Page {
  /** Where it is served, e.g. `/pricing`. */
  path: string;
  /** Words of `<title>`, without the company's name. */
  title: string;
  description: string;
  body: Html;
  /** Name of the page's own script among the assets, if it has one. */
  script?: string;
  /** Not for visitors: it carries no tag, and the browser reads it again after so many seconds. */
  staff?: { refreshS: number };
}

/** What every page needs from its surroundings. */
export interface Frame {
  tag: Tag;
  /** Served URL of an asset, by its file name. */
  assetUrl(name: string): string;
}

const sections = [
  ["/pricing", "Pricing"],
  ["/guide", "Field guide"],
  ["/blog", "Notes"],
  ["/resources", "Resources"],
] as const;

/** The whole document: head with the tag, skip link, header, main, footer. */
export function renderPage(page: Page, frame: Frame): Html {
  return html`<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · Rimeway</title>
<meta name="description" content="${page.description}">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#eef5ef" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#0b1512" media="(prefers-color-scheme: dark)">
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="preload" href="${frame.assetUrl("archivo.woff2")}" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="${frame.assetUrl("site.css")}">
${page.staff && html`<meta http-equiv="refresh" content="${String(page.staff.refreshS)}">`}
${page.script !== undefined && html`<script type="module" src="${frame.assetUrl(page.script)}"></script>`}
${!page.staff && tagScript(frame.tag)}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${header(page.path)}
<main id="main">${page.body}</main>
${footer()}
</body>
</html>
`;
}

function header(path: string): Html {
  const links = sections.map(([href, label]) => {
    const here = path === href || path.startsWith(`${href}/`);
    return html`<li><a href="${href}"${here && html` aria-current="${path === href ? "page" : "true"}"`}>${label}</a></li>`;
  });
  return html`<header class="top">
<a class="brand" href="/">${brandMark()}<span>Rimeway</span></a>
<nav aria-label="Main"><ul>${links}</ul></nav>
</header>`;
}

function brandMark(): Html {
  return html`<svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true"><circle class="mark-disc" cx="16" cy="16" r="15"/><circle class="mark-ring" cx="16" cy="16" r="9.5"/><path class="mark-trace" d="M16 6.5c5 0 9 4 9 9.4 0 3-4.4 1.6-5.6 4.4-1.3 3-2 5-4.4 4.6-4.4-.7-8-4.2-8-9 0-1.8.6-3.6 1.5-5"/><circle class="mark-hole" cx="16" cy="16" r="2.2"/></svg>`;
}

function footer(): Html {
  return html`<footer class="foot"><div class="wrap">
<p class="foot-line">Rimeway Ltd, Fish Dock Road, Grimsby. <a href="mailto:hello@rimeway.example">hello@rimeway.example</a>, <a href="tel:+441632960417">01632 960 417</a></p>
<p>Loggers are calibrated in Grimsby against traceable references. Ask us for the certificate of any unit, by its number.</p>
<p class="foot-note">Rimeway is a made-up company. Its site is here to show the Owlbound tag at work: what you open, download and send on it becomes signals in your own workspace, and goes nowhere else. What a workflow makes of it: <a href="/team">the team's inbox</a>.</p>
</div></footer>`;
}
