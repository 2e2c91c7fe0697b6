import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildConsole, type ConsoleManifest } from "./build.ts";

const scriptBytesMax = 30 * 1024;

describe("the built console", () => {
  const folder = mkdtempSync(join(tmpdir(), "console-"));
  const read = (name: string) => readFileSync(join(folder, name));
  let manifest: ConsoleManifest;
  beforeAll(async () => {
    manifest = await buildConsole(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("lists every file that the page asks for, by a name that holds its content's hash", () => {
    const page = read(manifest.index).toString();
    const asked = [...page.matchAll(/(?:src|href)="\/console\/([^"]+)"/g)].map(([, name]) => name);
    expect(asked).toHaveLength(4);
    for (const name of asked) {
      expect(name).toMatch(/^assets\/[a-z]+-[0-9a-f]{10}\.(js|css|svg)$/);
      expect(manifest.files[name ?? ""]?.immutable).toBe(true);
    }
    expect(manifest.files[manifest.index]?.immutable).toBe(false);
  });

  it("has nothing inline that its content security policy would refuse", () => {
    const page = read(manifest.index).toString();
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|\{\{/);
  });

  it("is small: all its scripts stay under 30 KB brotli", () => {
    const scripts = Object.keys(manifest.files).filter((name) => name.endsWith(".js"));
    const bytes = scripts.reduce((sum, name) => sum + brotliCompressSync(read(name), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length, 0);
    expect(scripts.length).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(scriptBytesMax);
  });

  it("builds the same names from the same sources", async () => {
    const again = await buildConsole(folder);
    expect(again).toEqual(manifest);
  });
});
