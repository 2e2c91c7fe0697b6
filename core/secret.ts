import { createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "./errors.ts";

/** The secret that is there, or undefined: nothing is made. */
export function findInstanceSecret(dataDir: string, given: string | undefined): string | undefined {
  const file = join(dataDir, "secret.key");
  return given ?? (existsSync(file) ? instanceSecret(dataDir, given) : undefined);
}

/**
 * The instance's own secret, kept outside the database so that a stolen copy of the data can sign nothing:
 * OWLBOUND_SECRET, or a file of mode 0600 that the first start makes.
 */
export function instanceSecret(dataDir: string, given: string | undefined): string {
  if (given !== undefined) return given;
  const file = join(dataDir, "secret.key");
  try {
    if (existsSync(file)) return readFileSync(file, "utf8").trim();
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(file, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    // Two processes started at once: the other one made it.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
      throw new OperatorError(`The data folder ${dataDir} can't be written. Choose another with OWLBOUND_DATA=/path or --data, or mend its permissions.`);
    }
  }
  return readFileSync(file, "utf8").trim();
}

/** A secret for one purpose, so that no two purposes share a key. */
export const deriveSecret = (secret: string, purpose: string): string => createHmac("sha256", secret).update(purpose).digest("hex");
