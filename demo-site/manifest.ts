import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { blogPage, postPage } from "./pages/blog.ts";
import { guidePages } from "./pages/guide.ts";
import { homePage } from "./pages/home.ts";
import { newsletterPage, notFoundPage, thanksPage } from "./pages/newsletter.ts";
import { pricingPage } from "./pages/pricing.ts";
import { resourcesPage } from "./pages/resources.ts";
import { posts } from "./posts/index.ts";
import { consignmentCsv } from "./render/consignment.ts";
import { renderPage, type Frame, type Page } from "./render/layout.ts";
import type { Tag } from "./render/tag.ts";

/** Everything that one address answers with. */
export interface Resource {
  body: Buffer;
  /** Brotli, where it saves something. */
  packed: Buffer | undefined;
  contentType: string;
  /** A strong ETag, quoted. */
  etag: string;
  cacheControl: string;
  /** Sent with a download whose address has no file name. */
  disposition?: string;
}

/** All that the site can answer: made once, so no request ever turns into a path on the disk. */
export interface Manifest {
  resources: ReadonlyMap<string, Resource>;
  notFound: Resource;
  frame: Frame;
}

const contentTypes: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".pdf": "application/pdf",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
  ".zip": "application/zip",
};

const revalidate = "no-cache";
const immutable = "public, max-age=31536000, immutable";

/** Renders every page with the tag in it and reads every asset and download. Throws when a file of the site is missing. */
export function buildManifest(tag: Tag): Manifest {
  const resources = new Map<string, Resource>();
  const assetUrls = addAssets(resources);
  const frame: Frame = { tag, assetUrl: (name) => findAsset(assetUrls, name) };
  const sizes = addDownloads(resources);
  for (const page of allPages(sizes)) resources.set(page.path, pageResource(page, frame));
  return { resources, notFound: pageResource(notFoundPage(), frame), frame };
}

/** A rendered page as a resource; also used for the form that comes back with a problem. */
export function pageResource(page: Page, frame: Frame): Resource {
  return toResource(Buffer.from(renderPage(page, frame).markup), ".html", revalidate);
}

function allPages(sizes: ReadonlyMap<string, number>): Page[] {
  return [homePage(), pricingPage(), blogPage(), ...posts.map(postPage), ...guidePages(), resourcesPage(sizes), newsletterPage(), thanksPage()];
}

/** Assets carry a hash in their address, so browsers may keep them for ever; the names in the style sheet follow. */
function addAssets(resources: Map<string, Resource>): ReadonlyMap<string, string> {
  const urls = new Map<string, string>();
  const add = (name: string, body: Buffer): void => {
    const extension = extname(name);
    const url = `/assets/${name.slice(0, -extension.length)}.${digest(body).slice(0, 10)}${extension}`;
    urls.set(name, url);
    resources.set(url, toResource(body, extension, immutable));
  };
  const folder = join(import.meta.dirname, "assets");
  for (const name of readdirSync(folder).filter((file) => !file.endsWith(".css"))) add(name, readFileSync(join(folder, name)));
  const styles = readdirSync(folder).filter((file) => file.endsWith(".css")).sort().map((file) => readFileSync(join(folder, file), "utf8"));
  add("site.css", Buffer.from(styles.join("\n").replaceAll("archivo.woff2", findAsset(urls, "archivo.woff2"))));
  const icon = toResource(readFileSync(join(folder, "favicon.svg")), ".svg", "public, max-age=86400");
  // Browsers ask for the second one beside a PDF, which cannot name an icon of its own.
  for (const path of ["/favicon.svg", "/favicon.ico"]) resources.set(path, icon);
  return urls;
}

function findAsset(urls: ReadonlyMap<string, string>, name: string): string {
  const url = urls.get(name);
  if (url === undefined) throw new Error(`demo-site/assets has no ${name}`);
  return url;
}

/** Sizes in bytes by file name. */
function addDownloads(resources: Map<string, Resource>): ReadonlyMap<string, number> {
  const folder = join(import.meta.dirname, "files");
  const sizes = new Map<string, number>();
  for (const name of readdirSync(folder).filter((file) => /\.(pdf|zip)$/.test(file))) {
    const body = readFileSync(join(folder, name));
    sizes.set(name, body.length);
    resources.set(`/files/${name}`, toResource(body, extname(name), revalidate));
  }
  const csv = toResource(Buffer.from(consignmentCsv()), ".csv", revalidate);
  resources.set("/exports/consignment-0417", { ...csv, disposition: 'attachment; filename="consignment-0417.csv"' });
  return sizes;
}

function toResource(body: Buffer, extension: string, cacheControl: string): Resource {
  const contentType = contentTypes[extension];
  if (contentType === undefined) throw new Error(`demo-site/manifest.ts knows no content type for ${extension}`);
  const packs = /^text\/|svg/.test(contentType);
  const packed = packs ? brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }) : undefined;
  return { body, packed, contentType, etag: `"${digest(body)}"`, cacheControl };
}

function digest(body: Buffer): string {
  return createHash("sha256").update(body).digest("base64url").slice(0, 22);
}
