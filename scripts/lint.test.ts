import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** Codes of what the project's own lint settings report in `files`. */
function lint(files: Record<string, string>): string[] {
  const folder = mkdtempSync(join(tmpdir(), "owlbound-lint-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { stdout } = spawnSync(join(root, "node_modules/.bin/oxlint"), ["--deny-warnings", "--format=json"], { cwd: folder, encoding: "utf8" });
  const report = JSON.parse(stdout) as { diagnostics: { code: string; severity: string }[] };
  return [...new Set(report.diagnostics.map(({ code }) => code))].toSorted();
}

const test1 = 'import { expect, test } from "vitest";\n';

test.each([
  ["typescript(no-explicit-any)", { "core/a.ts": "export const a = (x: any) => String(x);" }],
  ["typescript(no-non-null-assertion)", { "core/a.ts": "export const a = (x?: string) => x!.length;" }],
  ["typescript(ban-ts-comment)", { "core/a.ts": "// @ts-ignore\nexport const a = 1;" }],
  ["typescript(consistent-type-imports)", { "core/a.ts": 'import { A } from "./b.ts";\nexport const a = (x: A) => x;', "core/b.ts": "export interface A { x: 1 }" }],
  ["import(no-cycle)", { "core/a.ts": 'export { b } from "./b.ts";\nexport const a = 1;', "core/b.ts": 'import { a } from "./a.ts";\nexport const b = a;' }],
  ["eslint(no-console)", { "collector/a.ts": 'console.log("x");' }],
  ["eslint(no-console)", { "snippet/a.ts": 'console.log("x");' }],
  ["eslint(max-lines)", { "core/a.ts": "export {};\n".repeat(251) }],
  ["unicorn(filename-case)", { "core/someFile.ts": "export const a = 1;" }],
  ["vitest(expect-expect)", { "core/a.test.ts": `${test1}test("x", () => {});\nexport { expect };` }],
  ["vitest(no-focused-tests)", { "core/a.test.ts": `${test1}test.only("x", () => expect(1).toBe(1));` }],
  ["vitest(no-disabled-tests)", { "core/a.test.ts": `${test1}test.skip("x", () => expect(1).toBe(1));` }],
])("%s is reported", (code, files) => {
  expect(lint(files)).toEqual([code]);
});

test("what the rules leave room for is not reported", () => {
  const files = {
    "cli/a.ts": 'console.log("x");',
    "scripts/a.ts": 'console.log("x");',
    "snippet/a.ts": 'console.warn("x");',
    "store/tables.ts": "export {};\n".repeat(251),
    "core/a.test.ts": `${test1}test("x", () => expect(1, "why").toBe(1));`,
  };
  expect(lint(files)).toEqual([]);
});
