import type { Ctx } from "../../store/context.ts";
import type { WordQuery } from "../../store/word-match.ts";
import type { Contact } from "./contract.ts";
import { type Hit, searchNear, searchNewest, searchTiers } from "./queries/search.ts";
import { toContact } from "./fields.ts";
import { shortPrefix, wordIn, wordsOf } from "./words.ts";

const wordsMax = 8;
/** So many that share the first characters are looked at for the rest, before a longer beginning is gathered from the whole index. */
const lookedAtMax = 100;

/**
 * Contacts that hold every word, best first: whole words before beginnings; of those a name before what else says who
 * somebody is, that before tags; among equals the newest first. Of beginnings, names are ranked first among the newest hits only.
 */
export async function searchContacts(ctx: Ctx, input: { query: string; limit: number; status?: string | undefined }): Promise<{ contacts: Contact[] }> {
  const words = wordsOf(input.query).slice(0, wordsMax);
  if (words.length === 0) return { contacts: [] };
  const { slow: db, wordMatch: match } = ctx.store;
  const { workspace } = ctx;
  const page = { workspaceId: workspace.id, limit: input.limit, status: input.status };
  const found = new Map<string, Hit>();
  const add = (hits: readonly Hit[]) => {
    for (const hit of hits) if (!found.has(hit.id)) found.set(hit.id, hit);
    return found.size < input.limit;
  };

  let more = add(await searchTiers(db, match, tiersOf(workspace.id, words), page));
  const begun = (cut: (word: string) => string) => words.map((word) => wordIn(workspace.id, cut(word), ["n", "s", "t"], true));
  const exact = begun((word) => word);
  const wider = { ...page, limit: 2 * input.limit };
  if (more && words.some((word) => shortPrefix(word) !== word)) {
    const parts = exact.map((tokens) => tokens.map(({ text }) => text));
    more = add(namesFirst(exact, await searchNear(db, match, begun(shortPrefix), parts, lookedAtMax, wider)));
  }
  if (more) add(namesFirst(exact, await searchNewest(db, match, exact, wider)));
  return { contacts: [...found.values()].slice(0, input.limit).map(toContact) };
}

function tiersOf(workspaceId: string, words: readonly string[]): WordQuery[] {
  const within = (fields: Parameters<typeof wordIn>[2]) => words.map((word) => wordIn(workspaceId, word, fields, false));
  return [[within(["n"]).flat(), ...within(["n", "s", "t"])], within(["n", "s"]), within(["n", "s", "t"])];
}

function namesFirst(query: WordQuery, hits: readonly Hit[]): Hit[] {
  const named = query.map(([name]) => name?.text ?? "");
  const rank = ({ words }: Hit) => (named.some((text) => words.includes(text)) ? 0 : 1);
  return hits.toSorted((a, b) => rank(a) - rank(b));
}
