import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { transform } from "esbuild";
import { rollup, type Plugin } from "rollup";
import { minify, type CompressOptions } from "terser";

/** One file of the tag as it is served. Sizes in bytes; `brotli` at quality 11. */
export interface TagFile {
  bytes: number;
  brotli: number;
  contentType: string;
  /** True where the name carries the content's hash: may be cached for ever. */
  immutable: boolean;
}

/** What `buildTag` wrote; also `manifest.json` in the same folder. */
export interface TagManifest {
  /** Version of the package and 8 hex digits of the core's content. */
  version: string;
  /** Name of the immutable core file, which `integrity` belongs to. */
  file: string;
  integrity: string;
  files: Record<string, TagFile>;
}

const TYPE = "text/javascript; charset=utf-8";
const CORE = new URL("./track.ts", import.meta.url);
/** In the order of the build: a chunk may name an earlier one. */
const CHUNKS = {
  vitals: new URL("./vitals.ts", import.meta.url),
  forms: new URL("./forms.ts", import.meta.url),
  doctor: new URL("./doctor.ts", import.meta.url),
  outbound: new URL("./outbound.ts", import.meta.url),
  more: new URL("./more.ts", import.meta.url),
};

/** Bytes of a text after brotli at quality 11, as a server would send it. */
export function brotliBytes(text: string | Buffer): number {
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
}

const sha = (text: string, algorithm = "sha256") => createHash(algorithm).update(text);

function stripTypes(defines: Record<string, string>): Plugin {
  return {
    name: "strip-types",
    async transform(code, id) {
      if (!id.endsWith(".ts")) return null;
      const stripped = await transform(code, { loader: "ts", target: "es2020", define: defines, sourcefile: id });
      return { code: stripped.code, map: null };
    },
  };
}

// Equal in meaning; which one compresses best changes with every line of the source.
const VARIANTS: CompressOptions[] = [1, 2].flatMap((inline) =>
  [true, false].flatMap((conditionals) => [true, false].flatMap((sequences) => [true, false].map((join_vars) => ({ inline, conditionals, sequences, join_vars })))),
);

async function shrink(code: string, variants: readonly CompressOptions[] = [{}], wrap = (text: string) => text): Promise<string> {
  const texts: string[] = [];
  for (const variant of variants) {
    const compress = { passes: 2, ...variant, unsafe_arrows: true, unsafe_methods: true, keep_fargs: false };
    const result = await minify(code, { ecma: 2020, module: true, toplevel: true, compress, format: { comments: false } });
    texts.push(wrap((result.code ?? code).replace(/;$/, "")));
  }
  return texts.reduce((best, text) => (brotliBytes(text) < brotliBytes(best) ? text : best));
}

// The fence around the whole core: no error of the tag reaches the page, no name leaks into it.
function fence(code: string): string {
  if (/\bvar /.test(code)) throw new Error("the minifier made a `var`, which would be a global of the page");
  return `try{${code}}catch{}`;
}

async function bundle(entry: URL, defines: Record<string, string>): Promise<string> {
  const input = fileURLToPath(entry);
  const built = await rollup({ input, plugins: [stripTypes(defines), nodeResolve({ browser: true })], treeshake: "smallest" });
  const { output } = await built.generate({ format: "es", generatedCode: "es2015" });
  await built.close();
  return output[0].code;
}

/**
 * Builds the tag into `outDir`, which it empties first: `s.js`, the same bytes as
 * `s.<version>.js`, the lazy chunks and `manifest.json`.
 */
export async function buildTag(outDir: string): Promise<TagManifest> {
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, "../package.json"), "utf8"));
  const defines: Record<string, string> = { TAG_VERSION: JSON.stringify(version) };
  const texts: Record<string, string> = {};
  for (const [chunk, entry] of Object.entries(CHUNKS)) {
    const code = await shrink(await bundle(entry, defines));
    // The core names one of them: every character counts there.
    const name = `s.${chunk[0]}.${sha(code).digest("hex").slice(0, 6)}.js`;
    defines[`CHUNK_${chunk.toUpperCase()}`] = JSON.stringify(name);
    texts[name] = code;
  }
  const core = await shrink(await bundle(CORE, defines), VARIANTS, fence);
  const full = `${version}-${sha(core).digest("hex").slice(0, 8)}`;
  const file = `s.${full}.js`;
  texts["s.js"] = texts[file] = core;

  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  const files: Record<string, TagFile> = {};
  for (const [name, text] of Object.entries(texts)) {
    await writeFile(join(outDir, name), text);
    files[name] = { bytes: Buffer.byteLength(text), brotli: brotliBytes(text), contentType: TYPE, immutable: name !== "s.js" };
  }
  const manifest: TagManifest = { version: full, file, integrity: `sha384-${sha(core, "sha384").digest("base64")}`, files };
  await writeFile(join(outDir, "manifest.json"), JSON.stringify(manifest, null, 2));
  return manifest;
}
