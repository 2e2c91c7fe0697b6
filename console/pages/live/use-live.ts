import { useEffect, useMemo, useReducer, useRef } from "preact/hooks";
import type { FeedItem, InstallStatus, Overview } from "../../../api/console/contract.ts";
import { isSignedOut, readInstall, readOverview, readSignals } from "../../api.ts";
import { addOlder, addSignals, emptyFeed, type Feed, holdFeed, mergeNewest, releaseFeed } from "./feed.ts";
import { countIn } from "./hours.ts";
import { openStream, type Connection } from "./stream.ts";

export interface Live {
  overview: Overview | undefined;
  feed: Feed;
  /** False until the first page was read: an empty list before that says nothing. */
  loaded: boolean;
  connection: Connection;
  /** Ids that came in live, newest last; they get a moment of attention. */
  arrivals: number;
  loadingOlder: boolean;
}

const start: Live = { overview: undefined, feed: emptyFeed, loaded: false, connection: "connecting", arrivals: 0, loadingOlder: false };
const firstPage = 100;

type Step = (live: Live) => Live;

export interface LiveActions {
  hold(): void;
  release(): void;
  showOlder(): void;
}

/** The live screen's data, kept current while the component is shown. `onSignedOut` is called once the session ends. */
export function useLive(onSignedOut: () => void): [Live, LiveActions] {
  const [live, change] = useReducer<Live, Step>((state, step) => step(state), start);
  const latest = useRef(live);
  latest.current = live;

  useEffect(() => {
    const failed = (error: unknown) => {
      if (isSignedOut(error)) onSignedOut();
    };
    const refresh = spaced(() => readOverview().then((overview) => change((s) => ({ ...s, overview }))), failed);
    const check = spaced(() => readInstall().then((install) => change(withInstall(install))), failed);
    const fill = spaced(() => readSignals(firstPage).then((page) => change((s) => ({ ...s, loaded: true, feed: mergeNewest(s.feed, page) }))), failed);
    const stop = openStream({
      connection: (connection) => {
        change((s) => ({ ...s, connection }));
        // A stream that is refused does not say why: a plain read tells whether the session ended.
        if (connection === "reconnecting") check.soon();
      },
      opened: () => {
        refresh.now();
        fill.now();
      },
      signals: (items) => {
        change(withSignals(items));
        refresh.soon();
        if (latest.current.overview?.install.state !== "receiving") check.soon();
      },
      install: (install) => change(withInstall(install)),
    });
    const onVisible = () => {
      if (!document.hidden) refresh.now();
    };
    document.addEventListener("visibilitychange", onVisible);
    // The chart's hours move on also where nobody comes by.
    const hourly = setInterval(refresh.now, 5 * 60_000);
    return () => {
      stop();
      refresh.stop();
      check.stop();
      fill.stop();
      clearInterval(hourly);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, []);

  const actions = useMemo<LiveActions>(
    () => ({
      hold: () => change((s) => (s.feed.still ? s : { ...s, feed: holdFeed(s.feed) })),
      release: () => change((s) => (s.feed.still ? { ...s, feed: releaseFeed(s.feed) } : s)),
      showOlder: () => {
        const cursor = latest.current.feed.olderCursor;
        if (cursor === null || latest.current.loadingOlder) return;
        change((s) => ({ ...s, loadingOlder: true }));
        readSignals(firstPage, cursor).then(
          (page) => change((s) => ({ ...s, loadingOlder: false, feed: s.feed.olderCursor === cursor ? addOlder(s.feed, page) : s.feed })),
          (error: unknown) => {
            change((s) => ({ ...s, loadingOlder: false }));
            if (isSignedOut(error)) onSignedOut();
          },
        );
      },
    }),
    [],
  );
  return [live, actions];
}

/** The feed grows at once, and the figures with it; the next overview sets them right again. */
function withSignals(items: readonly FeedItem[]): Step {
  return (live) => {
    const known = new Set([...live.feed.items, ...live.feed.held].map((item) => item.id));
    const fresh = items.filter((item) => !known.has(item.id));
    return { ...live, feed: addSignals(live.feed, items), overview: live.overview && fresh.reduce(counted, live.overview), arrivals: live.arrivals + fresh.length };
  };
}

function counted(overview: Overview, item: FeedItem): Overview {
  const kind = item.type === "website_visit" ? "visits" : item.type === "content_download" ? "downloads" : undefined;
  const { today, install } = overview;
  const series = kind === undefined ? today.series : countIn(today.series, item.receivedAt, kind);
  return {
    ...overview,
    today: { ...today, total: today.total + 1, downloads: today.downloads + (kind === "downloads" ? 1 : 0), series: [...series] },
    install: { ...install, lastSignalAt: Math.max(install.lastSignalAt ?? 0, item.receivedAt) },
  };
}

function withInstall(install: InstallStatus): Step {
  return (live) => (live.overview ? { ...live, overview: { ...live.overview, install } } : live);
}

const spaceMs = 800;
/** So that a read that hung does not silence the screen for minutes. */
const tookMaxMs = 500;

/**
 * Runs soon after a call, once more after the last one, and again after a failure. Between runs it waits twenty times
 * what the last took, so that an open screen never costs the server more than a twentieth of its time.
 */
function spaced(run: () => Promise<unknown>, failed: (error: unknown) => void): { now(): void; soon(): void; stop(): void } {
  let timer = 0;
  let startedAt = -Infinity;
  let tookMs = 0;
  let stopped = false;
  const now = () => {
    clearTimeout(timer);
    timer = 0;
    const from = (startedAt = performance.now());
    run()
      .finally(() => (tookMs = Math.min(performance.now() - from, tookMaxMs)))
      .catch((error: unknown) => {
        failed(error);
        soon();
      });
  };
  const soon = () => {
    if (timer === 0 && !stopped) timer = window.setTimeout(now, Math.max(150, startedAt + Math.max(spaceMs, tookMs * 20) - performance.now()));
  };
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
  };
  return { now, soon, stop };
}
