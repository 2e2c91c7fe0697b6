import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build as bundleStyles, transform } from "esbuild";
import { rollup, type Plugin } from "rollup";
import { minify } from "terser";

/** What `buildConsole` wrote; also `manifest.json` in the same folder. Names are relative to it. */
export interface ConsoleManifest {
  index: string;
  files: Record<string, { contentType: string; immutable: boolean }>;
}

const script = "text/javascript; charset=utf-8";
const here = (file: string) => join(import.meta.dirname, file);

/**
 * Builds the console into `outDir`, which is emptied first: index.html, and assets whose names carry their content's
 * hash. Nothing is inline, so that a CSP of 'self' holds. Rejects when a source does not compile.
 */
export async function buildConsole(outDir: string): Promise<ConsoleManifest> {
  await rm(outDir, { recursive: true, force: true });
  await mkdir(join(outDir, "assets"), { recursive: true });
  const manifest: ConsoleManifest = { index: "index.html", files: {} };

  const write = async (name: string, text: string, contentType: string, immutable: boolean) => {
    await writeFile(join(outDir, name), text);
    manifest.files[name] = { contentType, immutable };
  };
  const asset = async (stem: string, extension: string, text: string, contentType: string) => {
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
    const name = `assets/${stem}-${hash}.${extension}`;
    await write(name, text, contentType, true);
    return `/console/${name}`;
  };

  const places = {
    main: await asset("main", "js", await bundle("main.tsx", "es"), script),
    theme: await asset("theme", "js", await bundle("theme.ts", "iife"), script),
    style: await asset("style", "css", await styles(), "text/css; charset=utf-8"),
    icon: await asset("owl", "svg", await readFile(here("owl.svg"), "utf8"), "image/svg+xml"),
  };
  const page = await readFile(here("index.html"), "utf8");
  const filled = page.replace(/\{\{(\w+)\}\}/g, (_all, name: string) => places[name as keyof typeof places]);
  await write("index.html", filled, "text/html; charset=utf-8", false);
  await writeFile(join(outDir, "manifest.json"), JSON.stringify(manifest));
  return manifest;
}

async function bundle(entry: string, format: "es" | "iife"): Promise<string> {
  const built = await rollup({ input: here(entry), plugins: [compile(), nodeResolve({ browser: true, extensions: [".mjs", ".js"] })], treeshake: "smallest" });
  const { output } = await built.generate({ format, name: format === "iife" ? "theme" : undefined, generatedCode: "es2015" });
  await built.close();
  const small = await minify(output[0].code, { ecma: 2020, module: true, toplevel: true, compress: { passes: 2 } });
  if (!small.code) throw new Error(`${entry} came out empty.`);
  return small.code;
}

function compile(): Plugin {
  return {
    name: "compile",
    async transform(code, id) {
      const loader = id.endsWith(".tsx") ? "tsx" : id.endsWith(".ts") ? "ts" : undefined;
      if (loader === undefined) return null;
      const { code: plain } = await transform(code, { loader, target: "es2022", jsx: "automatic", jsxImportSource: "preact", sourcefile: id });
      return { code: plain, map: null };
    },
  };
}

async function styles(): Promise<string> {
  const { outputFiles } = await bundleStyles({ entryPoints: [here("styles/main.css")], bundle: true, minify: true, write: false, target: ["chrome111", "firefox113", "safari16.4"] });
  return outputFiles[0]?.text ?? "";
}
