import type { Ctx } from "../../store/context.ts";
import type { ContactRow } from "../../store/tables.ts";
import type { WordQuery } from "../../store/word-match.ts";
import type { Contact } from "./contract.ts";
import { searchTiers } from "./queries/search.ts";
import { toContact } from "./fields.ts";
import { wordIn, wordsOf } from "./words.ts";

const wordsMax = 8;

/**
 * Contacts that hold every word, best first: whole words before beginnings; of those a name before what else says who
 * somebody is, that before tags; among equals the newest first.
 */
export async function searchContacts(ctx: Ctx, input: { query: string; limit: number; status?: string | undefined }): Promise<{ contacts: Contact[] }> {
  const words = wordsOf(input.query).slice(0, wordsMax);
  if (words.length === 0) return { contacts: [] };
  const page = { workspaceId: ctx.workspace.id, limit: input.limit, status: input.status };
  const found = new Map<string, ContactRow>();
  // Beginnings are looked for only where whole words leave room.
  for (const prefix of [false, true]) {
    if (found.size >= input.limit) break;
    for (const row of await searchTiers(ctx.store.slow, ctx.store.wordMatch, tiersOf(ctx.workspace.id, words, prefix), page)) if (!found.has(row.id)) found.set(row.id, row);
  }
  return { contacts: [...found.values()].slice(0, input.limit).map(toContact) };
}

function tiersOf(workspaceId: string, words: readonly string[], prefix: boolean): WordQuery[] {
  const anywhere = words.map((word) => wordIn(workspaceId, word, ["n", "s", "t"], prefix));
  const named = words.flatMap((word) => wordIn(workspaceId, word, ["n"], prefix));
  return [[named, ...anywhere], words.map((word) => wordIn(workspaceId, word, ["n", "s"], prefix)), anywhere];
}
