import type { FeedItem, FeedPage, Identified, RunMark } from "../../../api/console/contract.ts";

/** Rows that are in the page at once. */
export const rowsMax = 200;
/** Signals kept in memory, so that a filter finds more than what is on screen. */
export const keptMax = 1000;

/** Newest first, each id once, without a gap from the first item to the last. */
export interface Feed {
  items: readonly FeedItem[];
  /** Continues below the last item; null at the end, or once the tail was cut off. */
  olderCursor: string | null;
  /** What came in while the list stood still. Empty while it runs. */
  held: readonly FeedItem[];
  /** How many came in meanwhile, also where `held` no longer has them all. */
  heldCount: number;
  still: boolean;
}

export const emptyFeed: Feed = { items: [], olderCursor: null, held: [], heldCount: 0, still: false };

/** Adds live signals in any order, doubles included. */
export function addSignals(feed: Feed, incoming: readonly FeedItem[]): Feed {
  const have = new Set([...feed.items, ...feed.held].map((item) => item.id));
  const last = feed.items.at(-1);
  // Below the list's end lies what "show older" will read: taking it in here would leave a gap.
  const fresh = unique(incoming).filter((item) => !have.has(item.id) && (last === undefined || feed.olderCursor === null || item.id > last.id));
  if (fresh.length === 0) return feed;
  if (feed.still) return { ...feed, held: merged(feed.held, fresh).slice(0, keptMax), heldCount: feed.heldCount + fresh.length };
  return cut({ ...feed, items: merged(feed.items, fresh) });
}

/**
 * Takes in the newest page as the server has it, after the stream was (re)opened. Where more was missed than the page
 * holds, older rows are let go: a list with a silent gap would be a lie.
 */
export function mergeNewest(shown: Feed, page: FeedPage): Feed {
  const feed = renewed(shown, page);
  const oldest = page.signals.at(-1);
  const newest = feed.held[0] ?? feed.items[0];
  const meets = newest === undefined || oldest === undefined || page.nextCursor === null || oldest.id <= newest.id;
  if (oldest === undefined) return feed;
  if (newest === undefined) return { ...feed, items: merged([], page.signals), olderCursor: page.nextCursor };
  if (meets) return addSignals(feed, page.signals);
  const after = [...feed.held, ...feed.items].filter((item) => item.id > oldest.id);
  const items = merged(after, page.signals.filter((item) => after.every((a) => a.id !== item.id)));
  // A list that stands still is not pulled away from under its reader: the count says that more came than is held.
  if (feed.still) return { ...feed, held: items, heldCount: Math.max(feed.heldCount, items.length) + 1 };
  return { ...emptyFeed, items, olderCursor: page.nextCursor };
}

/** Rows that are shown already, as the server has them now: a visitor may have become a known person. */
function renewed(feed: Feed, page: FeedPage): Feed {
  const now = new Map(page.signals.map((item) => [item.id, item]));
  const renew = (items: readonly FeedItem[]) => items.map((item) => now.get(item.id) ?? item);
  return { ...feed, items: renew(feed.items), held: renew(feed.held) };
}

/** Adds the page that follows the last item. */
export function addOlder(feed: Feed, page: FeedPage): Feed {
  const have = new Set(feed.items.map((item) => item.id));
  const fresh = unique(page.signals).filter((item) => !have.has(item.id));
  return cut({ ...feed, items: merged(feed.items, fresh), olderCursor: page.nextCursor });
}

/** Marks the signals of visitors who became known; their places stay. */
export function markKnown(feed: Feed, identified: readonly Identified[]): Feed {
  const people = new Map(identified.map(({ visitorId, person }) => [visitorId, person]));
  const marked = (item: FeedItem): FeedItem => {
    const person = item.person === null && item.visitorId !== null ? people.get(item.visitorId) : undefined;
    return person ? { ...item, known: true, person } : item;
  };
  return { ...feed, items: feed.items.map(marked), held: feed.held.map(marked) };
}

/** Puts runs to the signals that started them, as they are now. */
export function markRuns(feed: Feed, runs: readonly RunMark[]): Feed {
  const bySignal = Map.groupBy(runs, (run) => run.signalId);
  const marked = (item: FeedItem): FeedItem => {
    const news = bySignal.get(item.id);
    if (!news) return item;
    const all = new Map([...item.runs, ...news].map((run) => [run.runId, run]));
    return { ...item, runs: [...all.values()].toSorted((a, b) => (a.runId < b.runId ? -1 : 1)) };
  };
  return { ...feed, items: feed.items.map(marked), held: feed.held.map(marked) };
}

/** Stops the list: what comes in from now on is held back and counted. */
export function holdFeed(feed: Feed): Feed {
  return feed.still ? feed : { ...feed, still: true };
}

/** Lets the list run again, with all that was held. */
export function releaseFeed(feed: Feed): Feed {
  if (!feed.still) return feed;
  const whole = feed.heldCount === feed.held.length;
  const items = whole ? merged(feed.items, feed.held) : feed.held;
  return cut({ items, olderCursor: whole ? feed.olderCursor : null, held: [], heldCount: 0, still: false });
}

export type FeedFilter = "all" | "visits" | "downloads" | "known";

/** Whether a signal belongs to what the viewer asked to see. */
export function matches(item: FeedItem, filter: FeedFilter): boolean {
  if (filter === "visits") return item.type === "website_visit";
  if (filter === "downloads") return item.type === "content_download";
  return filter === "all" || item.known;
}

function cut(feed: Feed): Feed {
  return feed.items.length <= keptMax ? feed : { ...feed, items: feed.items.slice(0, keptMax), olderCursor: null };
}

function unique(items: readonly FeedItem[]): FeedItem[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}

/** Ids sort by time of receipt. */
function merged(a: readonly FeedItem[], b: readonly FeedItem[]): FeedItem[] {
  return [...a, ...b].toSorted((x, y) => (x.id < y.id ? 1 : x.id > y.id ? -1 : 0));
}
