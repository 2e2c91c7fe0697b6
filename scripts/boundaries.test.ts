import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkBoundaries, forbiddenImports } from "./boundaries.ts";

const forbidden: [why: string, file: string, source: string][] = [
  ["a capability reaches into another's inside", "api/signals/service.ts", 'import { x } from "../keys/queries.ts";'],
  ["a capability takes even a type from another's inside", "api/signals/service.ts", 'import type { X } from "../keys/queries.ts";'],
  ["the HTTP assembly reaches past a front door", "api/http/app.ts", 'import { x } from "../keys/service.ts";'],
  ["a capability knows the HTTP assembly", "api/keys/service.ts", 'import { x } from "../http/app.ts";'],
  ["the tag takes code from the wire", "snippet/track.ts", 'import { x } from "../collector/wire.ts";'],
  ["one of several names is code", "snippet/track.ts", 'import { type X, y } from "../collector/wire.ts";'],
  ["the tag takes types from elsewhere", "snippet/track.ts", 'import type { X } from "../core/id.ts";'],
  ["the tag carries a package", "snippet/track.ts", 'import { z } from "zod";'],
  ["core knows the store", "core/log.ts", 'import { x } from "../store/index.ts";'],
  ["the store knows a capability, by a dynamic import", "store/ingest.ts", 'await import("../api/keys/index.ts");'],
  ["the store hands on a room above it", "store/index.ts", 'export * from "../worker/jobs.ts";'],
  ["the collector knows the worker", "collector/receive.ts", 'import "../worker/router.ts";'],
  ["the worker reaches past a front door", "worker/router.ts", "import { x } from '../api/signals/queries.ts';"],
  ["the console reaches into the server", "console/pages/live.tsx", 'import { x } from "../../api/signals/index.ts";'],
  ["a contract pulls in the server", "api/signals/contract.ts", 'import { x } from "./service.ts";'],
  ["the command reaches into the console", "cli/main.ts", 'import { x } from "../console/main.tsx";'],
  ["the demo site borrows from the server", "demo-site/serve.ts", 'import { x } from "../core/log.ts";'],
  ["a verb writes SQL", "api/signals/service.ts", 'import { sql } from "kysely";'],
  ["queries go round the store", "api/signals/queries.ts", 'import Database from "better-sqlite3";'],
];

const allowed: [why: string, file: string, source: string][] = [
  ["another's front door", "api/signals/service.ts", 'import { x } from "../keys/index.ts";'],
  ["one's own inside", "api/signals/service.ts", 'import { x } from "./queries.ts";'],
  ["one's own inside, from a deeper folder", "api/signals/providers/x/send.ts", 'import { x } from "../../queries.ts";'],
  ["types from the wire", "snippet/track.ts", 'import type { X } from "../collector/wire.ts"; import { type Y } from "../collector/wire.ts";'],
  ["the tag's vitals", "snippet/vitals.ts", 'import { onLCP } from "web-vitals";'],
  ["core from the store", "store/ingest.ts", 'import { a,\n  b } from "../core/id.ts";'],
  ["SQL in a capability's queries", "api/signals/queries.ts", 'import { sql } from "kysely";'],
  ["a driver in the store", "store/sqlite/open.ts", 'import Database from "better-sqlite3";'],
  ["types of a contract in the console", "console/pages/live.tsx", 'import type { X } from "../../api/console/contract.ts"; const a = <p>hi</p>;'],
  ["a URL that is known only when it runs", "snippet/api.ts", "await import(new URL(name, base).href);"],
  ["an import that is only spoken of", "core/id.ts", '// import { x } from "../store/index.ts";\nconst a = `import { x } from "../store/index.ts"`;'],
  ["anything in a test", "core/id.test.ts", 'import { x } from "../store/index.ts";'],
];

describe("an import is reported when", () => {
  test.each(forbidden)("%s", (_, file, source) => {
    expect(forbiddenImports(file, source)).toEqual([expect.stringContaining(`${file} may not import `)]);
  });
});

describe("nothing is reported of", () => {
  test.each(allowed)("%s", (_, file, source) => {
    expect(forbiddenImports(file, source)).toEqual([]);
  });
});

function fixture(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "owlbound-rooms-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test("the lint stage fails on one forbidden import in a whole project, names it, and passes without it", () => {
  const wrong = { "store/a.ts": 'import { x } from "../worker/b.ts";' };
  const right = { "core/a.ts": "export const x = 1;", "store/b.ts": 'import { x } from "../core/a.ts"; export const y = x;' };
  const lint = (root: string) => spawnSync(process.execPath, [join(import.meta.dirname, "boundaries.ts"), root], { encoding: "utf8" });
  expect(lint(fixture({ ...right, ...wrong }))).toMatchObject({ status: 1, stderr: "store/a.ts may not import worker/b.ts\n" });
  expect(lint(fixture(right))).toMatchObject({ status: 0, stderr: "" });
});

test("a project without sources, or a file that can't be parsed, never counts as clean", () => {
  expect(() => checkBoundaries(fixture({ "readme.md": "" }))).toThrow(/no source file/);
  expect(() => checkBoundaries(fixture({ "core/a.ts": "import {" }))).toThrow(/core\/a\.ts can't be parsed/);
});
