import { z } from "zod";

/** The words that the query strings and paths of all lists share. */

/** PostgreSQL takes no NUL. */
export const id = z.string().min(1).max(64).refine((text) => !text.includes("\0"), "holds a NUL character");
export const params = z.object({ id });
export const flag = z.enum(["true", "false", "1", "0"]).transform((text) => text === "true" || text === "1");
export const cursor = z.string().max(1000).optional();
/** Rows of a page. */
export const limit = (most: number, usual: number) => z.coerce.number().int().min(1).max(most).default(usual);
/** What each list answers beside its rows. */
export const pageFields = { hasMore: z.boolean(), nextCursor: z.string().nullable() };
