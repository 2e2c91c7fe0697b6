import { useEffect, useMemo, useReducer, useRef } from "preact/hooks";
import type { FeedItem, InstallStatus, Overview, Warning } from "../../../api/console/contract.ts";
import { client, isSignedOut } from "../../api.ts";
import { addOlder, addSignals, emptyFeed, type Feed, holdFeed, markKnown, markRuns, mergeNewest, releaseFeed } from "./feed.ts";
import { countIn } from "./hours.ts";
import { spaced } from "./spaced.ts";
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
type Change = (step: Step) => void;

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

  useEffect(() => keepCurrent(change, () => latest.current, onSignedOut), []);

  const actions = useMemo(() => actionsOn(change, () => latest.current, onSignedOut), []);
  return [live, actions];
}

/** Opens the stream and reads what it does not bring. Returns how to stop. */
function keepCurrent(change: Change, latest: () => Live, onSignedOut: () => void): () => void {
  const failed = (error: unknown) => {
    if (isSignedOut(error)) onSignedOut();
  };
  const refresh = spaced(() => client.overview.get().then((overview) => change((s) => ({ ...s, overview }))), failed);
  const check = spaced(() => client.install.get().then((install) => change(withInstall(install))), failed);
  const fill = spaced(() => client.signals.list({ limit: firstPage }).then((page) => change((s) => ({ ...s, loaded: true, feed: mergeNewest(s.feed, page) }))), failed);
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
      if (latest().overview?.install.state !== "receiving") check.soon();
    },
    install: (install) => change(withInstall(install)),
    warnings: (warnings) => change(withWarnings(warnings)),
    identified: (identified) => {
      change((s) => ({ ...s, feed: markKnown(s.feed, identified) }));
      refresh.soon();
    },
    runs: (runs) => change((s) => ({ ...s, feed: markRuns(s.feed, runs) })),
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
}

function actionsOn(change: Change, latest: () => Live, onSignedOut: () => void): LiveActions {
  return {
    hold: () => change((s) => (s.feed.still ? s : { ...s, feed: holdFeed(s.feed) })),
    release: () => change((s) => (s.feed.still ? { ...s, feed: releaseFeed(s.feed) } : s)),
    showOlder: () => {
      const cursor = latest().feed.olderCursor;
      if (cursor === null || latest().loadingOlder) return;
      change((s) => ({ ...s, loadingOlder: true }));
      client.signals.list({ limit: firstPage, cursor }).then(
        (page) => change((s) => ({ ...s, loadingOlder: false, feed: s.feed.olderCursor === cursor ? addOlder(s.feed, page) : s.feed })),
        (error: unknown) => {
          change((s) => ({ ...s, loadingOlder: false }));
          if (isSignedOut(error)) onSignedOut();
        },
      );
    },
  };
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

function withWarnings(warnings: Warning[]): Step {
  return (live) => (live.overview ? { ...live, overview: { ...live.overview, warnings } } : live);
}
