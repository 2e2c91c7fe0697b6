import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright";
import { documents } from "./files/catalogue.ts";
import { checklist } from "./print/checklist.ts";
import { handbook } from "./print/handbook.ts";
import { kitFiles } from "./print/kit.ts";
import { report } from "./print/report.ts";
import { html, trusted, type Html } from "./render/html.ts";

// Prints the downloads of the site into demo-site/files, which is committed: nobody needs to run this to serve the site.
//   node demo-site/make-files.ts
// Needs a Chromium (Playwright's own or Debian's) and the `zip` command.

const here = import.meta.dirname;
const writers: Record<string, () => Html[]> = {
  "cold-chain-audit-checklist.pdf": checklist,
  "lane-qualification-handbook.pdf": handbook,
  "deviation-report-template.pdf": report,
};

await printDocuments();
zipKit();

async function printDocuments(): Promise<void> {
  const own = chromium.executablePath();
  const browser = await chromium.launch({ executablePath: existsSync(own) ? own : "/usr/bin/chromium", args: ["--no-sandbox"] });
  const page = await browser.newPage();
  for (const entry of documents) {
    const pages = writers[entry.file]?.() ?? [];
    if (pages.length !== entry.pages) throw new Error(`${entry.file}: the catalogue says ${entry.pages} pages, its text has ${pages.length}`);
    await page.setContent(renderDocument(entry.title, entry.coverWord, pages).markup);
    await page.evaluate(() => document.fonts.ready);
    const cut = await page.evaluate(() => [...document.querySelectorAll(".page")].filter((sheet) => sheet.scrollHeight > sheet.clientHeight).length);
    if (cut > 0) throw new Error(`${entry.file}: the text of ${cut} pages is longer than the paper`);
    await page.pdf({ path: join(here, "files", entry.file), preferCSSPageSize: true, printBackground: true, tagged: true });
  }
  await browser.close();
}

function renderDocument(title: string, kind: string, pages: Html[]): Html {
  const font = readFileSync(join(here, "assets", "archivo.woff2")).toString("base64");
  const face = `@font-face{font-family:"Archivo";src:url(data:font/woff2;base64,${font});font-weight:100 900;font-stretch:62% 125%}`;
  const styles = [face, readFileSync(join(here, "assets", "charts.css"), "utf8"), readFileSync(join(here, "print", "print.css"), "utf8")].join("\n");
  const sheets = pages.map((content, index) => html`<div class="page">${holes()}${content}<div class="page-foot"><span>Rimeway. ${title}</span><span>${index + 1} of ${pages.length}</span></div></div>`);
  return html`<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>${title}</title><style>${trusted(styles)}</style></head><body class="kind-${kind.toLowerCase()}">${sheets}</body></html>`;
}

/** The punched edge of chart paper. */
function holes(): Html {
  const row = Array.from({ length: 37 }, (_, index) => `<circle cx="3" cy="${4 + index * 8}" r="1.6"/>`).join("");
  return trusted(`<svg class="holes" viewBox="0 0 6 297" aria-hidden="true">${row}</svg>`);
}

/** Fixed times and no extra attributes: the same worksheets give the same bytes. */
function zipKit(): void {
  const folder = mkdtempSync(join(tmpdir(), "lane-kit-"));
  const target = join(here, "files", "rimeway-lane-kit.zip");
  const written = new Date("2026-09-14T12:00:00Z");
  for (const [name, text] of Object.entries(kitFiles)) {
    writeFileSync(join(folder, name), text);
    utimesSync(join(folder, name), written, written);
  }
  rmSync(target, { force: true });
  execFileSync("zip", ["-X", "-q", "-9", target, ...Object.keys(kitFiles)], { cwd: folder, env: { ...process.env, TZ: "UTC" } });
  rmSync(folder, { recursive: true });
}
