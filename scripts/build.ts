import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "../core/errors.ts";

const root = join(import.meta.dirname, "..");
const stampFile = join(root, "dist", ".stamp");
const inputs = ["snippet/**/*.ts", "console/**/*.{ts,tsx,css,html,svg}", "api/console/contract.ts", "collector/wire.ts", "core/signal-words.ts", "package-lock.json"];

/** Builds tag and console into dist/, unless nothing they are made of has changed since. */
export async function build(options: { force?: boolean } = {}): Promise<void> {
  const stamp = stampOf();
  if (options.force !== true && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  const [{ buildTag }, { buildConsole }] = await Promise.all([import("../snippet/build.ts"), import("../console/build.ts")]);
  try {
    mkdirSync(join(root, "dist"), { recursive: true });
    await buildTag(join(root, "dist/tag"));
    await buildConsole(join(root, "dist/console"));
    writeFileSync(stampFile, stamp);
  } catch (error) {
    if (error instanceof Error && "code" in error && ["EACCES", "EROFS", "EPERM"].includes(String(error.code))) {
      throw new OperatorError(`${join(root, "dist")} can't be written. Clone the project somewhere you own, or mend its permissions.`);
    }
    throw error;
  }
}

function stampOf(): string {
  const hash = createHash("sha256");
  for (const file of globSync(inputs, { cwd: root }).toSorted()) {
    if (!file.includes(".test.")) hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

if (import.meta.main) await build({ force: process.argv.includes("--force") });
