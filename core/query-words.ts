import { z } from "zod";
import { type ApiError, invalid } from "./errors.ts";

/** The words that the query strings and paths of all lists share. */

/** PostgreSQL takes no NUL. */
export const id = z.string().min(1).max(64).refine((text) => !text.includes("\0"), "holds a NUL character");
export const params = z.object({ id });
export const flag = z.enum(["true", "false", "1", "0"]).transform((text) => text === "true" || text === "1");

/** Whether `dry_run` asks for a try only; `undefined` = it says neither yes nor no, which is to be refused: else what was meant as a try would be done. */
export function dryRunOf(query: unknown): boolean | undefined {
  const value = (query as Record<string, unknown>)["dry_run"];
  return value === undefined ? false : flag.safeParse(value).data;
}
export const unclearDryRun = (): ApiError => invalid("dry_run", "invalid_value", "dry_run is one of true, false, 1, 0. Nothing was done.");

export const cursor = z.string().max(1000).optional();
/** Rows of a page. */
export const limit = (most: number, usual: number) => z.coerce.number({ error: `is a whole number from 1 to ${most}` }).int().min(1).max(most).default(usual);
/** What each list answers beside its rows. */
export const pageFields = { hasMore: z.boolean(), nextCursor: z.string().nullable() };
