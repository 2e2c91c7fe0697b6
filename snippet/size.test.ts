import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildTag, type TagManifest } from "./build.ts";
import { checkTagSize, CORE_BYTES_MAX } from "./size.ts";
import { createHash, randomBytes } from "node:crypto";

let dir: string;
let manifest: TagManifest;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "owlbound-tag-"));
  manifest = await buildTag(dir);
}, 60_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

test("the core stays within its budget", async () => {
  expect(await checkTagSize(dir)).toBeLessThanOrEqual(CORE_BYTES_MAX);
});

test("an overrun is refused by its number of bytes", async () => {
  const fat = await mkdtemp(join(tmpdir(), "owlbound-fat-"));
  await writeFile(join(fat, "s.js"), randomBytes(CORE_BYTES_MAX + 500));
  await expect(checkTagSize(fat)).rejects.toThrow(/\d+ over its 1500/);
  await rm(fat, { recursive: true });
});

test("the versioned file has the bytes of s.js and the published hash", async () => {
  const text = await readFile(join(dir, manifest.file));
  expect(text.equals(await readFile(join(dir, "s.js")))).toBe(true);
  expect(manifest.integrity).toBe(`sha384-${createHash("sha384").update(text).digest("base64")}`);
  expect(manifest.files[manifest.file]?.immutable).toBe(true);
  expect(manifest.files["s.js"]?.immutable).toBe(false);
});

test("the same sources give the same bytes", async () => {
  const again = await mkdtemp(join(tmpdir(), "owlbound-again-"));
  expect(await buildTag(again)).toEqual(manifest);
  await rm(again, { recursive: true });
}, 60_000);

test("the core names one chunk, and loads it only where the page asks for what is in it", async () => {
  const text = await readFile(join(dir, "s.js"), "utf8");
  expect(text.match(/s\.\w\.[0-9a-f]{6}\.js/g)).toHaveLength(1);
  expect(text.match(/import\(/g)).toHaveLength(1);
});

test("the core listens for no unload and leaves no global of its own but owlbound", async () => {
  const text = await readFile(join(dir, "s.js"), "utf8");
  expect(text).not.toMatch(/unload|\bvar |function /);
});
