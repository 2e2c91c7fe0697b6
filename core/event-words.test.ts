import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventKinds, matchesKind } from "./event-words.ts";

const root = join(import.meta.dirname, "..");

test("whatever the code records by its name is in the catalogue", () => {
  const files = globSync("{api,worker,collector,store}/**/*.ts", { cwd: root }).filter((file) => !file.endsWith(".test.ts"));
  const recorded = files.flatMap((file) => {
    const source = readFileSync(join(root, file), "utf8");
    if (!/\brecordEvents?\(/.test(source)) return [];
    const calls = source.matchAll(/\b(?:recordEvents?|note|tell)\([^;]*?;/g);
    return [...calls].flatMap(([call]) => [...call.matchAll(/"([a-z]+\.[a-z_]+)"/g)].map(([, kind]) => ({ file, kind: kind ?? "" })));
  });
  expect(recorded.length).toBeGreaterThan(20);
  expect(recorded.filter(({ kind }) => !(kind in eventKinds))).toEqual([]);
});

test.each([
  [["*"], "contact.created", true],
  [["contact.*"], "contact.created", true],
  [["contact.*"], "contacts.created", false],
  [["contact.created"], "contact.created", true],
  [["contact.create"], "contact.created", false],
  [["workflow.*"], "workflow.run_failed", true],
  [[], "contact.created", false],
])("%j and %s: %s", (patterns, kind, asked) => expect(matchesKind(patterns, kind)).toBe(asked));
