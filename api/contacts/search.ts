import type { Ctx } from "../../store/context.ts";
import type { ContactRow } from "../../store/tables.ts";
import type { WordQuery } from "../../store/word-match.ts";
import type { Contact } from "./contract.ts";
import { selectContactsByIds } from "./queries.ts";
import { type Hit, type Holding, searchAllHolding, type SearchPage, searchHolding, searchNear, searchNewest, searchTiers } from "./queries/search.ts";
import { toContact } from "./fields.ts";
import { shortPrefix, wordIn, wordsOf } from "./words.ts";

const wordsMax = 8;
/** So many that share the first characters are looked at for the rest, before a longer beginning is gathered from the whole index. */
const lookedAtMax = 100;
/** A word is rare whose beginnings stand on so few pages of the index: they are gathered in a fraction of a millisecond. */
const rarePagesMax = 2;
/** Up to so many pages are gathered rather than those of all words. */
const fewPagesMax = 10;
/** So many contacts that begin with a rare word are compared with the other words one by one, sooner than those words are looked for. */
const comparedMax = 100;

/** Read beyond a page, so that a few archived ones on it need no second read. */
const spareRows = 4;

/**
 * Contacts that hold every word, best first: whole words before beginnings; of those a name before what else says who
 * somebody is, that before tags; among equals the newest first. Of beginnings, only the newest hits are ranked.
 */
export async function searchContacts(ctx: Ctx, input: { query: string; limit: number; status?: string | undefined }): Promise<{ contacts: Contact[] }> {
  const words = wordsOf(input.query).slice(0, wordsMax);
  if (words.length === 0) return { contacts: [] };
  const page = { workspaceId: ctx.workspace.id, limit: input.limit, status: input.status };
  // Hardly any contact is archived, and those answered are read anyway.
  if (input.status === undefined) {
    const { hits, all } = await find(ctx, words, { ...page, unsifted: true });
    const rows = await liveRows(ctx, hits, input.limit);
    if (all || rows.length === input.limit) return { contacts: rows.map(toContact) };
  }
  const { hits } = await find(ctx, words, page);
  return { contacts: (await liveRows(ctx, hits, input.limit)).map(toContact) };
}

/** The first of `hits` that are not archived. */
async function liveRows(ctx: Ctx, hits: readonly Hit[], limit: number): Promise<ContactRow[]> {
  const live: ContactRow[] = [];
  for (let at = 0; at < hits.length && live.length < limit; ) {
    const ids = hits.slice(at, at + limit - live.length + spareRows).map(({ id }) => id);
    at += ids.length;
    const rows = new Map((await selectContactsByIds(ctx.store.read, ctx.workspace.id, ids)).map((row) => [row.id, row]));
    live.push(...ids.flatMap((id) => rows.get(id) ?? []).filter((row) => row.archived_at === null));
  }
  return live.slice(0, limit);
}

interface Found {
  /** Best first. */
  hits: Hit[];
  /** Whether there are no others. */
  all: boolean;
}

interface Rarest {
  pages: number;
  /** What has that word begun and, compared one by one, the others. */
  holding: Holding;
}

interface Asked {
  words: readonly string[];
  whole: WordQuery;
  /** The words as beginnings, and as much of those as the index has lists of. */
  exact: WordQuery;
  short: WordQuery;
}

async function find(ctx: Ctx, words: readonly string[], page: SearchPage): Promise<Found> {
  const groups = (texts: readonly string[], prefix: boolean) => texts.map((text) => wordIn(page.workspaceId, text, ["n", "s", "t"], prefix));
  const asked = { words, whole: groups(words, false), exact: groups(words, true), short: groups(words.map(shortPrefix), true) };
  const rarest = await rarestOf(ctx, asked);
  const found = rarest && rarest.pages <= rarePagesMax ? await findRare(ctx, asked, rarest.holding, page) : undefined;
  return found ?? findCommon(ctx, asked, rarest, page);
}

/** By the rarest word alone, in one read; undefined where too many have it with the others. */
async function findRare(ctx: Ctx, { words, whole, exact }: Asked, holding: Holding, page: SearchPage): Promise<Found | undefined> {
  const { slow: db, wordMatch: match } = ctx.store;
  const wider = { ...page, limit: 2 * page.limit };
  // A single whole word may be older than all that only begin with it.
  const hits = await (words.length > 1 ? searchAllHolding(db, match, holding, wider) : searchHolding(db, match, [{ matches: match.where("words", whole), parts: [] }, holding], wider));
  const all = hits.length < wider.limit;
  if (!all && words.length > 1) return undefined;
  const isWhole = ({ words: held }: Hit) => whole.every((group) => group.some(({ text }) => ` ${held} `.includes(` ${text} `)));
  const best = [...bestFirst(whole, hits.filter(isWhole)), ...bestFirst(exact, hits.filter((hit) => !isWhole(hit)))];
  const older = hits.filter(isWhole).length < wider.limit ? [] : await searchTiers(db, match, tiersOf(page.workspaceId, words), page);
  return { hits: distinct([...older, ...best]), all };
}

async function findCommon(ctx: Ctx, { words, whole, exact, short }: Asked, rarest: Rarest | undefined, page: SearchPage): Promise<Found> {
  const { slow: db, wordMatch: match } = ctx.store;
  let hits: Hit[] = [];
  const add = (more: readonly Hit[]) => (hits = distinct([...hits, ...more])).length < page.limit;
  const wider = { ...page, limit: 2 * page.limit };
  const newest = bestFirst(whole, await searchNewest(db, match, whole, wider));
  // Fewer than were asked for are all there are; of more, the best may be older than these.
  if (newest.length === wider.limit) add(await searchTiers(db, match, tiersOf(page.workspaceId, words), page));
  if (!add(newest)) return { hits, all: false };
  // Where whole words were found, what only begins with them is rare: the newest of the short beginnings have none of it.
  if (newest.length === 0 && words.some((word) => shortPrefix(word) !== word)) {
    const near = await searchNear(db, match, short, exact.map(textsOf), lookedAtMax, wider);
    const all = near.lookedAt < lookedAtMax;
    if (!add(bestFirst(exact, near.hits)) || all) return { hits, all };
  }
  const begun = rarest && words.length > 1 && rarest.pages <= fewPagesMax ? await searchHolding(db, match, [rarest.holding], wider) : await searchNewest(db, match, exact, wider);
  add(bestFirst(exact, begun));
  return { hits, all: begun.length < wider.limit };
}

/** The word with the fewest beginnings, of those longer than the lists of beginnings are; undefined where there is none, or it can't be told. */
async function rarestOf(ctx: Ctx, { words, exact, short }: Asked): Promise<Rarest | undefined> {
  const { rare } = ctx.store.wordMatch;
  const longer = [...words.keys()].filter((i) => shortPrefix(words[i] ?? "") !== words[i]);
  if (!rare || longer.length === 0) return undefined;
  const of = (query: WordQuery) => longer.map((i) => query[i] ?? []);
  const { rows } = await rare.sizes(of(exact), of(short)).execute(ctx.store.read);
  const pages = new Map(longer.map((word, i) => [word, rows[i]?.pages ?? 0]));
  const [[least, size] = []] = [...pages].toSorted(([, a], [, b]) => a - b);
  if (least === undefined || size === undefined) return undefined;
  const others = [...words.keys()].filter((i) => i !== least);
  const isRare = (i: number) => (pages.get(i) ?? Infinity) <= rarePagesMax;
  const wide = others.map((i) => (isRare(i) ? exact[i] : short[i]) ?? []);
  const matches = rare.where(exact[least] ?? [], wide, others.every(isRare) ? 0 : comparedMax);
  return { pages: size, holding: { matches, parts: others.map((i) => textsOf(exact[i] ?? [])) } };
}

function distinct(hits: readonly Hit[]): Hit[] {
  const seen = new Set<string>();
  return hits.filter(({ id }) => !seen.has(id) && seen.add(id));
}

const textsOf = (group: WordQuery[number]) => group.map(({ text }) => text);

/** One of the words is a name; none is a tag. */
function tiersOf(workspaceId: string, words: readonly string[]): WordQuery[] {
  const within = (fields: Parameters<typeof wordIn>[2]) => words.map((word) => wordIn(workspaceId, word, fields, false));
  return [[within(["n"]).flat(), ...within(["n", "s", "t"])], within(["n", "s"])];
}

/** By the best field of each word: names, what else says who somebody is, tags. */
function bestFirst(query: WordQuery, hits: readonly Hit[]): Hit[] {
  const rank = ({ words }: Hit) => query.reduce((sum, fields) => sum + fields.findIndex(({ text }) => words.includes(text)), 0);
  return hits.toSorted((a, b) => rank(a) - rank(b));
}
