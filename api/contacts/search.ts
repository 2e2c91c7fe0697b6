import { selectByIds } from "../../store/by-ids.ts";
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
 * somebody is, that before tags; among equals the newest first. Of beginnings, only the newest hits are ranked.
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

  const wider = { ...page, limit: 2 * input.limit };
  const whole = within(workspace.id, words, ["n", "s", "t"]);
  const newest = bestFirst(whole, await searchNewest(db, match, whole, wider));
  // Fewer than were asked for are all there are; of more, the best may be older than these.
  if (newest.length === wider.limit) add(await searchTiers(db, match, tiersOf(workspace.id, words), page));
  let more = add(newest);
  const begun = (cut: (word: string) => string) => words.map((word) => wordIn(workspace.id, cut(word), ["n", "s", "t"], true));
  const exact = begun((word) => word);
  // Where whole words were found, what only begins with them is rare: the newest of the short beginnings have none of it.
  if (more && newest.length === 0 && words.some((word) => shortPrefix(word) !== word)) {
    const parts = exact.map((tokens) => tokens.map(({ text }) => text));
    more = add(bestFirst(exact, await searchNear(db, match, begun(shortPrefix), parts, lookedAtMax, wider)));
  }
  if (more) add(bestFirst(exact, await searchNewest(db, match, exact, wider)));
  const ids = [...found.keys()].slice(0, input.limit);
  const rows = new Map((await selectByIds(ctx.store.read, "contacts", workspace.id, ids)).map((row) => [row.id, row]));
  return { contacts: ids.flatMap((id) => rows.get(id) ?? []).filter((row) => row.archived_at === null).map(toContact) };
}

type Fields = Parameters<typeof wordIn>[2];
const within = (workspaceId: string, words: readonly string[], fields: Fields): WordQuery => words.map((word) => wordIn(workspaceId, word, fields, false));

/** One of the words is a name; none is a tag. */
function tiersOf(workspaceId: string, words: readonly string[]): WordQuery[] {
  return [[within(workspaceId, words, ["n"]).flat(), ...within(workspaceId, words, ["n", "s", "t"])], within(workspaceId, words, ["n", "s"])];
}

/** By the best field of each word: names, what else says who somebody is, tags. */
function bestFirst(query: WordQuery, hits: readonly Hit[]): Hit[] {
  const rank = ({ words }: Hit) => query.reduce((sum, fields) => sum + fields.findIndex(({ text }) => words.includes(text)), 0);
  return hits.toSorted((a, b) => rank(a) - rank(b));
}
