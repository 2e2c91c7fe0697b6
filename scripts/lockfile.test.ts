import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

interface Locked {
  version?: string;
  integrity?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

const lockfile = readFileSync(join(import.meta.dirname, "../package-lock.json"), "utf8");
const { packages } = JSON.parse(lockfile) as { packages: Record<string, Locked> };
const installed = Object.entries(packages).filter(([path]) => path !== "");

// npm leaves out, without a word, what its registry could not deliver; `npm ci` then refuses the lockfile everywhere.
test("the lockfile holds the packages of every platform, not only of the one it was made on", () => {
  const missing = installed.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => packages[`${path}/node_modules/${name}`] === undefined && packages[`node_modules/${name}`] === undefined),
  );
  expect(missing).toEqual([]);
});

test("every package is pinned by version and content, and by no server's address", () => {
  expect(installed.length).toBeGreaterThan(100);
  expect(installed.filter(([, { version, integrity, resolved }]) => version === undefined || integrity === undefined || resolved !== undefined)).toEqual([]);
});
