import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { OperatorError } from "../core/errors.ts";

const root = join(import.meta.dirname, "..");
const stampFile = join(root, "dist/.stamp");
const outputs = { tag: join(root, "dist/tag"), console: join(root, "dist/console"), docs: join(root, "dist/docs"), client: join(root, "dist/client") };
/** All that the bundles are made of; what they import from other rooms is named here too. */
const inputs = ["snippet/**/*", "console/**/*", "client/**/*", "api/meta/reference*", "api/http/app.ts", "{api/*,collector}/contract.ts", "collector/wire.ts", "core/*.ts", "package.json", "package-lock.json"];

/**
 * Builds tag, console, reference page and client package into dist/, unless nothing they are made of has changed since.
 * A build that fails leaves the older one in place, but no stamp, so that the next one starts over.
 * Throws an OperatorError, naming the fix, where dist/ can't be written.
 */
export async function build({ force = false }: { force?: boolean } = {}): Promise<void> {
  const stamp = stampOf();
  if (!force && isBuilt(stamp)) return;
  try {
    mkdirSync(join(root, "dist"), { recursive: true });
    rmSync(stampFile, { force: true });
    const { buildTag } = await import("../snippet/build.ts");
    await replace(outputs.tag, buildTag);
    const { buildConsole } = await import("../console/build.ts");
    await replace(outputs.console, buildConsole);
    const { buildReferencePage } = await import("../api/meta/reference-page.ts");
    await replace(outputs.docs, buildReferencePage);
    const { buildClient } = await import("../client/build.ts");
    await replace(outputs.client, buildClient);
    writeFileSync(stampFile, stamp);
  } catch (error) {
    throw operatorError(error) ?? error;
  }
}

/** Builds beside `folder` and swaps at the end: a server that starts meanwhile finds a whole one. */
async function replace(folder: string, make: (outDir: string) => Promise<unknown>): Promise<void> {
  const next = `${folder}.${process.pid}`;
  try {
    await make(next);
    rmSync(folder, { recursive: true, force: true });
    renameSync(next, folder);
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

function isBuilt(stamp: string): boolean {
  return Object.values(outputs).every((folder) => existsSync(folder)) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;
}

function stampOf(): string {
  const hash = createHash("sha256");
  for (const entry of globSync(inputs, { cwd: root, withFileTypes: true }).toSorted(byPath)) {
    if (!entry.isFile() || entry.name.includes(".test.")) continue;
    hash.update(relative(root, pathOf(entry))).update("\0").update(readFileSync(pathOf(entry)));
  }
  return hash.digest("hex");
}

type Entry = { parentPath: string; name: string };
const pathOf = (entry: Entry) => join(entry.parentPath, entry.name);
const byPath = (a: Entry, b: Entry) => (pathOf(a) < pathOf(b) ? -1 : 1);

function operatorError(error: unknown): OperatorError | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (["EACCES", "EROFS", "EPERM"].includes(code)) return new OperatorError(`${join(root, "dist")} can't be written. Clone the project somewhere you own, or mend its permissions.`);
  if (["ENOSPC", "EDQUOT"].includes(code)) return new OperatorError(`No space left on the disk of ${root}. Free some and run it again.`);
  return undefined;
}

if (import.meta.main) await build({ force: true });
