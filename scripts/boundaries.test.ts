import { expect, test } from "vitest";
import { forbiddenImports } from "./boundaries.ts";

test("a capability may not reach into another's inside", () => {
  expect(forbiddenImports("api/signals/service.ts", 'import { x } from "../keys/queries.ts";')).toHaveLength(1);
  expect(forbiddenImports("api/signals/service.ts", 'import { x } from "../keys/index.ts";')).toEqual([]);
});

test("the tag takes types only from the wire", () => {
  expect(forbiddenImports("snippet/track.ts", 'import { x } from "../collector/wire.ts";')).toHaveLength(1);
  expect(forbiddenImports("snippet/track.ts", 'import type { X } from "../collector/wire.ts";')).toEqual([]);
});

test("the store knows nobody above it, dynamic imports included", () => {
  expect(forbiddenImports("store/ingest.ts", 'await import("../api/keys/index.ts")')).toHaveLength(1);
  expect(forbiddenImports("store/ingest.ts", 'import { a,\n  b } from "../core/id.ts";')).toEqual([]);
});
