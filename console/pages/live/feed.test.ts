import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FeedItem, FeedPage, RunMark } from "../../../api/console/contract.ts";
import { addOlder, addSignals, emptyFeed, type Feed, holdFeed, keptMax, markKnown, markRuns, matches, mergeNewest, releaseFeed } from "./feed.ts";

const idOf = (n: number) => `s${String(n).padStart(6, "0")}`;

function signal(n: number, more: Partial<FeedItem> = {}): FeedItem {
  return {
    id: idOf(n), type: "website_visit", receivedAt: n, pageUrl: null, path: "/", title: null, referrer: null, referrerKind: null, referrerName: null, country: null, visitorId: "v", sessionId: "s",
    known: false, person: null, browser: null, os: null, device: null, fileName: null, source: "website_tracker", priority: "medium", bot: null, runs: [], ...more,
  };
}

/** What the server's list endpoint answers when it has stored 1…last. */
function page(last: number, limit: number, before = last + 1): FeedPage {
  const top = Math.min(last, before - 1);
  const signals = Array.from({ length: Math.max(0, Math.min(limit, top)) }, (_, i) => signal(top - i));
  return { signals, nextCursor: top > limit ? idOf(top - limit + 1) : null };
}

const ids = (feed: Feed) => feed.items.map((item) => item.id);
const run = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => idOf(from - i));

describe("the feed", () => {
  it("holds each signal once and newest first, however the stream and the pages overlap", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 20 }), { maxLength: 12 }), (bursts) => {
        let feed = mergeNewest(emptyFeed, page(20, 30));
        for (const burst of bursts) feed = addSignals(feed, burst.map((n) => signal(n)));
        const wanted = new Set([...bursts.flat(), ...Array.from({ length: 20 }, (_, i) => i + 1)].map(idOf));
        expect(ids(feed)).toEqual([...wanted].toSorted().toReversed());
      }),
    );
  });

  it("loses nothing when signals come between opening the stream and reading the first page", () => {
    const early = addSignals(emptyFeed, [signal(12), signal(11)]);
    expect(ids(mergeNewest(early, page(11, 5)))).toEqual(run(12, 7));
  });

  it("takes in what was missed while the stream was away", () => {
    const before = mergeNewest(emptyFeed, page(10, 5));
    expect(ids(mergeNewest(before, page(13, 5)))).toEqual(run(13, 6));
  });

  it("lets older rows go rather than show a list with a gap", () => {
    const before = mergeNewest(emptyFeed, page(10, 5));
    const after = mergeNewest(before, page(40, 5));
    expect(ids(after)).toEqual(run(40, 36));
    expect(after.olderCursor).toBe(idOf(36));
  });

  it("keeps what the stream brought before the page of a reconnect, gap or not", () => {
    const before = addSignals(mergeNewest(emptyFeed, page(10, 5)), [signal(41)]);
    expect(ids(mergeNewest(before, page(40, 5)))[0]).toBe(idOf(41));
  });

  it("goes on below without a hole or a double", () => {
    const first = mergeNewest(emptyFeed, page(30, 10));
    expect(ids(addOlder(first, page(30, 10, 21)))).toEqual(run(30, 11));
  });

  it("does not take in a late signal that lies below the list's end", () => {
    const first = mergeNewest(emptyFeed, page(30, 10));
    expect(ids(addSignals(first, [signal(3)]))).toEqual(run(30, 21));
  });

  it("stands still while held, counts what comes, and has it all when released", () => {
    let feed = holdFeed(mergeNewest(emptyFeed, page(5, 10)));
    feed = addSignals(addSignals(feed, [signal(6), signal(7)]), [signal(7), signal(8)]);
    expect(ids(feed)).toEqual(run(5, 1));
    expect(feed.heldCount).toBe(3);
    const released = releaseFeed(feed);
    expect(ids(released)).toEqual(run(8, 1));
    expect(released).toMatchObject({ held: [], heldCount: 0, still: false });
  });

  it("stays where it is when a reconnect finds a gap while it is held", () => {
    const held = holdFeed(mergeNewest(emptyFeed, page(10, 5)));
    const after = mergeNewest(held, page(40, 5));
    expect(ids(after)).toEqual(run(10, 6));
    expect(ids(releaseFeed(after))).toEqual(run(40, 36));
  });

  it("is bounded, running or held, and never shows the ends of a cut as one list", () => {
    const burst = (from: number, count: number) => Array.from({ length: count }, (_, i) => signal(from + i));
    const running = addSignals(mergeNewest(emptyFeed, page(5, 10)), burst(6, keptMax + 50));
    expect(running.items).toHaveLength(keptMax);
    expect(running.olderCursor).toBeNull();
    const held = addSignals(holdFeed(mergeNewest(emptyFeed, page(5, 10))), burst(6, keptMax + 50));
    expect(held.held).toHaveLength(keptMax);
    expect(held.heldCount).toBe(keptMax + 50);
    const released = releaseFeed(held);
    expect(ids(released)).toEqual(run(keptMax + 55, 56));
  });

  it("shows rows that it has as a newer page has them", () => {
    const before = addSignals(holdFeed(mergeNewest(emptyFeed, page(3, 10))), [signal(4)]);
    const renewed = [signal(4, { title: "New" }), signal(3), signal(2, { title: "New" })];
    const after = mergeNewest(before, { signals: renewed, nextCursor: null });
    expect([...after.held, ...after.items].map((item) => item.title)).toEqual(["New", null, "New", null]);
  });

  it("marks the signals of a visitor who became known, shown or held, and leaves all others as they are", () => {
    const ada = { contactId: "c1", name: "Ada", email: null };
    const eve = { contactId: "c2", name: "Eve", email: null };
    const shown = addSignals(emptyFeed, [signal(1, { visitorId: "ada" }), signal(2), signal(3, { visitorId: null }), signal(4, { visitorId: "ada", known: true, person: eve })]);
    const before = addSignals(holdFeed(shown), [signal(5, { visitorId: "ada" })]);
    const after = markKnown(before, [{ visitorId: "ada", person: ada }]);
    expect(after.items.map((item) => [item.id, item.known, item.person])).toEqual([[idOf(4), true, eve], [idOf(3), false, null], [idOf(2), false, null], [idOf(1), true, ada]]);
    expect(after.items[2]).toBe(before.items[2]);
    expect(after.held).toMatchObject([{ id: idOf(5), known: true, person: ada }]);
    expect(after).toMatchObject({ heldCount: 1, still: true });
  });

  it("filters visits, downloads and known people", () => {
    const download = signal(1, { type: "content_download" });
    const known = signal(2, { known: true });
    const other = signal(3, { type: "job_change" });
    const kept = (filter: Parameters<typeof matches>[1]) => [download, known, other].filter((item) => matches(item, filter)).map((item) => item.id);
    expect(kept("all")).toEqual([idOf(1), idOf(2), idOf(3)]);
    expect(kept("visits")).toEqual([idOf(2)]);
    expect(kept("downloads")).toEqual([idOf(1)]);
    expect(kept("known")).toEqual([idOf(2)]);
  });

  it("puts a run to its signal, shown or held, and its newest state over the one before", () => {
    const run = (status: RunMark["status"], runId = "r1"): RunMark => ({ runId, signalId: idOf(2), workflow: "Hot", status, error: null, steps: [] });
    const feed = addSignals(holdFeed(addSignals(emptyFeed, [signal(1)])), [signal(2)]);
    const after = [[run("queued")], [run("running", "r2"), run("running")], [run("completed")]].reduce(markRuns, feed);
    expect(after.held[0]?.runs.map(({ runId, status }) => [runId, status])).toEqual([["r1", "completed"], ["r2", "running"]]);
    expect(after.items[0]?.runs).toEqual([]);
  });
});
