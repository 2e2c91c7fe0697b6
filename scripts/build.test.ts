import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

/** A project whose rooms write one file each and note that they were built. */
function project() {
  const folder = mkdtempSync(join(tmpdir(), "owlbound build-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  for (const name of ["scripts", "core", "snippet", "console", "api/meta", "client"]) mkdirSync(join(folder, name), { recursive: true });
  for (const path of ["scripts/build.ts", "core/errors.ts"]) cpSync(join(import.meta.dirname, "..", path), join(folder, path));
  write("package.json", '{"type":"module"}');
  write("package-lock.json", "{}");
  write("snippet/track.ts", "export {};");
  const room = (name: string) => `import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
    export async function ${name}(out: string) { mkdirSync(out, { recursive: true }); writeFileSync(out + "/manifest.json", "{}"); appendFileSync(${JSON.stringify(join(folder, "built"))}, "${name} "); }`;
  write("snippet/build.ts", room("buildTag"));
  write("console/build.ts", room("buildConsole"));
  write("api/meta/reference-page.ts", room("buildReferencePage"));
  write("client/build.ts", room("buildClient"));
  const built = () => (existsSync(join(folder, "built")) ? readFileSync(join(folder, "built"), "utf8").split(" ").length - 1 : 0);
  const build = (options = "{}") => spawnSync(process.execPath, ["--input-type=module", "-e", `const { build } = await import(${JSON.stringify(join(folder, "scripts/build.ts"))}); await build(${options});`], { encoding: "utf8" });
  return { folder, write, built, build };
}

test("every room is built once; again when a source, the lockfile or an output changes, and when forced", () => {
  const { folder, write, built, build } = project();
  expect(build()).toMatchObject({ status: 0, stderr: "" });
  expect(built()).toBe(4);
  build();
  expect(built()).toBe(4);

  appendFileSync(join(folder, "snippet/track.ts"), "\n");
  build();
  expect(built()).toBe(8);
  write("package-lock.json", "{ }");
  build();
  expect(built()).toBe(12);
  rmSync(join(folder, "dist/console"), { recursive: true });
  build();
  expect(built()).toBe(16);
  build("{ force: true }");
  expect(built()).toBe(20);
});

test("a test beside the sources is no reason to build", () => {
  const { write, built, build } = project();
  build();
  write("snippet/track.test.ts", "export {};");
  build();
  expect(built()).toBe(4);
});

test("a build that fails leaves the older one whole, and is not taken for done", () => {
  const { folder, write, built, build } = project();
  build();
  const whole = readFileSync(join(folder, "console/build.ts"), "utf8");
  write("console/build.ts", 'export async function buildConsole() { throw new Error("torn"); }');
  expect(build()).toMatchObject({ status: 1, stderr: expect.stringContaining("torn") });
  expect(readdirSync(join(folder, "dist")).toSorted()).toEqual(["client", "console", "docs", "tag"]);
  expect(existsSync(join(folder, "dist/console/manifest.json"))).toBe(true);
  write("console/build.ts", whole);
  expect(build().status).toBe(0);
  expect(built()).toBe(9);
});

test("a folder that can't be written is told with its fix", () => {
  const { write, build } = project();
  write("snippet/build.ts", 'export async function buildTag() { throw Object.assign(new Error("no"), { code: "EROFS" }); }');
  expect(build().stderr).toMatch(/OperatorError: .*dist can't be written\. Clone the project somewhere you own/);
});
