import { useEffect, useRef, useState } from "preact/hooks";
import type { FeedItem } from "../../../api/console/contract.ts";
import { Icon } from "../../parts/icons.tsx";
import { type Feed, type FeedFilter, keptMax, matches, rowsMax } from "./feed.ts";
import { FeedList } from "./feed-list.tsx";
import type { LiveActions } from "./use-live.ts";
import { plural } from "./words.ts";

interface FeedPanelProps {
  feed: Feed;
  loaded: boolean;
  drawerOpen: boolean;
  loadingOlder: boolean;
  actions: LiveActions;
  onOpen(item: FeedItem): void;
}

const filters: [FeedFilter, string][] = [
  ["all", "All"],
  ["visits", "Visits"],
  ["downloads", "Downloads"],
  ["known", "Known people"],
];

/** The feed with its controls. It stands still while somebody reads: pointer over it, focus in it, scrolled down, a signal open. */
export function FeedPanel({ feed, loaded, drawerOpen, loadingOlder, actions, onOpen }: FeedPanelProps) {
  const [filter, setFilter] = useState<FeedFilter>("all");
  const [paused, setPaused] = useState(false);
  const [reading, area, readingEvents, stopReading] = useReading();
  const [topMark, scrolled] = useScrolledPast();
  const still = paused || reading || scrolled || drawerOpen;

  useEffect(() => {
    if (still) actions.hold();
    else actions.release();
  }, [still]);

  const fitting = feed.items.filter((item) => matches(item, filter));
  const rows = fitting.slice(0, rowsMax);
  const waiting = filter === "all" ? feed.heldCount : feed.held.filter((item) => matches(item, filter)).length;
  const showNew = () => {
    setPaused(false);
    stopReading();
    actions.release();
    topMark.current?.scrollIntoView();
    // The button goes away under its focus: the list takes it.
    area.current?.querySelector<HTMLElement>(".rows")?.focus({ preventScroll: true });
  };

  return (
    <section class="feed" aria-label="Signals as they come">
      <i class="feed-top" ref={topMark} />
      <div class="feed-bar">
        <div class="filters" role="group" aria-label="Show">
          {filters.map(([value, label]) => (
            <button type="button" key={value} aria-pressed={filter === value} onClick={() => setFilter(value)}>
              {label}
            </button>
          ))}
        </div>
        <button type="button" class={`tool pause${still ? " pause-on" : ""}`} aria-pressed={paused} onClick={() => setPaused(!paused)} title={paused ? "Let the list run" : "Stop the list"}>
          <Icon name={paused ? "play" : "pause"} />
          <span>{paused ? "Paused" : still ? "Holding" : "Pause"}</span>
        </button>
      </div>
      <div ref={area} {...readingEvents}>
        {waiting > 0 && (
          <button type="button" class="pill" onClick={showNew}>
            {plural(waiting, "new signal")}
          </button>
        )}
        <FeedList rows={rows} onOpen={onOpen} />
      </div>
      {loaded && rows.length === 0 && <p class="feed-none">{emptyWords[filter]}</p>}
      <p class="feed-end">
        {rows.length < rowsMax && feed.olderCursor !== null ? (
          <button type="button" class="button" onClick={actions.showOlder} disabled={loadingOlder}>
            {loadingOlder ? "Reading…" : "Show older"}
          </button>
        ) : rows.length >= rowsMax ? (
          `The latest ${rowsMax} are shown. GET /v1/signals has them all.`
        ) : feed.items.length >= keptMax ? (
          `Among the latest ${keptMax} signals. GET /v1/signals has them all.`
        ) : null}
      </p>
    </section>
  );
}

const emptyWords: Record<FeedFilter, string> = {
  all: "No signals yet.",
  visits: "No visits among the latest signals.",
  downloads: "No downloads among the latest signals. A click on a PDF or any other file counts by itself.",
  known: "Nobody known among the latest signals. Visitors become known when a form or your own page identifies them.",
};

/** Whether somebody's pointer is over the list, or their keyboard in it. The pill belongs to it: it may appear under the pointer. */
function useReading() {
  const area = useRef<HTMLDivElement>(null);
  const [reading, setReading] = useState(false);
  const events = {
    onPointerEnter: (event: PointerEvent) => event.pointerType === "mouse" && setReading(true),
    onPointerLeave: (event: PointerEvent) => event.pointerType === "mouse" && setReading(false),
    onFocusIn: (event: FocusEvent) => (event.target as Element).matches(".row:focus-visible") && setReading(true),
    onFocusOut: (event: FocusEvent) => {
      if (!area.current?.contains(event.relatedTarget as Node | null)) setReading(area.current?.matches(":hover") === true);
    },
  };
  return [reading, area, events, () => setReading(false)] as const;
}

/** True once the mark has left the screen at the top; not while it waits below the fold. */
function useScrolledPast() {
  const mark = useRef<HTMLElement>(null);
  const [past, setPast] = useState(false);
  useEffect(() => {
    if (!mark.current) return;
    const watch = new IntersectionObserver(([entry]) => entry && setPast(!entry.isIntersecting && entry.boundingClientRect.top < 60), { rootMargin: "-48px 0px 0px 0px" });
    watch.observe(mark.current);
    return () => watch.disconnect();
  }, []);
  return [mark, past] as const;
}
