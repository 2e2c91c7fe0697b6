import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

const root = join(import.meta.dirname, "../..");
const here = (name: string) => join(import.meta.dirname, name);

/**
 * Redoc's own bundle as the linter's package carries it: the same file as redoc 3.0.1's, which can't be installed by itself while
 * one of its dependencies is missing from the registry.
 */
const redoc = join(root, "node_modules/@redocly/cli/lib/chunks/redoc.standalone.js");

/** What stands in the bundle, and what has to stand there instead. */
const replacements = [
  // A picture of another host. The link to Redocly stays, as words.
  ["alt:`redocly logo`,onError:()=>n(!1),src:e?`https://cdn.redoc.ly/redoc/logo-mini-full.svg`:`https://cdn.redoc.ly/redoc/logo-mini.svg`", "alt:``,hidden:!0"],
  ["children:`API docs by`", "children:`API docs by Redocly`"],
  // Style attributes, which the page's policy refuses; `tokenColors` has the same as a style sheet.
  ['` style="color: var(${i})"`', '` data-color="${i}"`'],
] as const;

/** Names are relative to the folder they lie in; also `manifest.json` there. */
export interface ReferenceManifest {
  index: string;
  files: Record<string, { contentType: string; immutable: boolean }>;
}

/** Builds the reference page into `outDir`, which is emptied first. Rejects when Redoc is not as it was when this was written. */
export async function buildReferencePage(outDir: string): Promise<ReferenceManifest> {
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  const manifest: ReferenceManifest = { index: "index.html", files: {} };
  const asset = async (stem: string, extension: string, text: string, contentType: string) => {
    const name = `${stem}-${createHash("sha256").update(text).digest("hex").slice(0, 10)}.${extension}`;
    await writeFile(join(outDir, name), text);
    // Too much work to do it at every start; a tenth of the time of the best quality, and 5 % larger.
    await writeFile(join(outDir, `${name}.br`), await promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: text.length } }));
    manifest.files[name] = { contentType, immutable: true };
    return `/docs/${name}`;
  };
  const script = mended(await readFile(redoc, "utf8"));
  const places: Record<string, string> = {
    script: await asset("redoc", "js", script, "text/javascript; charset=utf-8"),
    style: await asset("reference", "css", (await readFile(here("reference.css"), "utf8")) + tokenColors(script), "text/css; charset=utf-8"),
    icon: await asset("owl", "svg", await readFile(join(root, "console/owl.svg"), "utf8"), "image/svg+xml"),
  };
  const page = await readFile(here("reference.html"), "utf8");
  await writeFile(join(outDir, manifest.index), page.replaceAll(/\{\{(\w+)\}\}/g, (_all, name: string) => places[name] ?? ""));
  manifest.files[manifest.index] = { contentType: "text/html; charset=utf-8", immutable: false };
  await writeFile(join(outDir, "manifest.json"), JSON.stringify(manifest));
  return manifest;
}

/** One rule for each colour that Redoc gives to words of code. */
function tokenColors(script: string): string {
  const names = new Set(script.match(/--code-block-tokens-[a-z-]+-color/g));
  return [...names].map((name) => `[data-color="${name}"] { color: var(${name}); }\n`).join("");
}

function mended(script: string): string {
  return replacements.reduce((text, [from, to]) => {
    const parts = text.split(from);
    if (parts.length !== 2) throw new Error(`Redoc holds ${from} ${parts.length - 1} times instead of once: look at what changed in it, then at api/meta/reference-page.ts.`);
    return parts.join(to);
  }, script);
}
