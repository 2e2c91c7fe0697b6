import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliBytes } from "./build.ts";

/** What a plain page may load, in bytes after brotli at quality 11: the core alone (test/journey/safety.test.ts sees to that). */
export const CORE_BYTES_MAX = 1500;

/**
 * Measures the built core in `outDir` and returns its bytes (brotli 11).
 * Throws, naming the overrun, when it is over the budget.
 */
export async function checkTagSize(outDir: string): Promise<number> {
  const bytes = brotliBytes(await readFile(join(outDir, "s.js")));
  if (bytes > CORE_BYTES_MAX)
    throw new Error(`the tag's core is ${bytes} bytes (brotli 11): ${bytes - CORE_BYTES_MAX} over its ${CORE_BYTES_MAX}`);
  return bytes;
}
