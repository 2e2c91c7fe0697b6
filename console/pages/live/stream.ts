import type { FeedItem, Identified, InstallStatus, RunMark, Warning } from "../../../api/console/contract.ts";
import { serverNow, streamUrl } from "../../api.ts";

export type Connection = "connecting" | "live" | "reconnecting";

export interface StreamEvents {
  /** The stream is open: what is stored from now on will come. */
  opened(): void;
  signals(items: FeedItem[]): void;
  install(status: InstallStatus): void;
  warnings(warnings: Warning[]): void;
  /** Visitors of signals that came before. */
  identified(identified: Identified[]): void;
  /** Runs that moved, of signals that came before. */
  runs(runs: RunMark[]): void;
  connection(state: Connection): void;
}

/** The server pings every 15 s; silence past this means that the line is dead though nobody hung up. */
const silenceMs = 40_000;
const retryMaxMs = 15_000;
/** A burst is drawn at most ten times a second; a single signal at once. */
const drawEveryMs = 100;
/** Browsers allow six connections per host: forgotten tabs give theirs back. */
const hiddenCloseMs = 5 * 60_000;

/**
 * Keeps an event stream open until the returned function is called. After every gap `opened` fires again, and the
 * caller reads the newest page then: what was missed comes by that, and ids keep it from doubling.
 */
export function openStream(events: StreamEvents): () => void {
  let source: EventSource | undefined;
  let retryMs = 500;
  let retryTimer = 0;
  let silenceTimer = 0;
  let hiddenTimer = 0;
  let everOpen = false;
  let heardAt = 0;
  const drawing = batched(events.signals);

  function connect(): void {
    hangUp();
    events.connection(everOpen ? "reconnecting" : "connecting");
    // Who became known meanwhile is told too; a margin covers what was on its way when the line broke.
    const own = (source = new EventSource(everOpen ? `${streamUrl}?since=${heardAt - silenceMs}` : streamUrl));
    watch();
    own.onopen = () => {
      retryMs = 500;
      everOpen = true;
      heard();
      events.connection("live");
      events.opened();
    };
    own.onerror = () => later();
    own.addEventListener("signal", (event) => {
      heard();
      const item = parsed<FeedItem>(event);
      if (item) drawing.add(item);
    });
    own.addEventListener("install", (event) => {
      heard();
      const status = parsed<InstallStatus>(event);
      if (status) events.install(status);
    });
    own.addEventListener("warnings", (event) => {
      heard();
      const warnings = parsed<Warning[]>(event);
      if (warnings) events.warnings(warnings);
    });
    own.addEventListener("identified", (event) => {
      heard();
      const identified = parsed<Identified[]>(event);
      drawing.flush();
      if (identified) events.identified(identified);
    });
    own.addEventListener("runs", (event) => {
      heard();
      const runs = parsed<RunMark[]>(event);
      drawing.flush();
      if (runs) events.runs(runs);
    });
    own.addEventListener("ping", heard);
  }

  function heard(): void {
    heardAt = serverNow();
    watch();
  }

  function watch(): void {
    clearTimeout(silenceTimer);
    silenceTimer = window.setTimeout(later, silenceMs);
  }

  /** The browser's own retry gives up on a 503 and says nothing of it, so the page retries by itself. */
  function later(): void {
    hangUp();
    events.connection("reconnecting");
    retryTimer = window.setTimeout(connect, retryMs * (0.75 + Math.random() / 2));
    retryMs = Math.min(retryMs * 2, retryMaxMs);
  }

  function hangUp(): void {
    source?.close();
    source = undefined;
    clearTimeout(retryTimer);
    clearTimeout(silenceTimer);
  }

  const onVisibility = () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) hiddenTimer = window.setTimeout(hangUp, hiddenCloseMs);
    else if (source === undefined) connect();
  };
  const onOnline = () => {
    retryMs = 500;
    connect();
  };
  document.addEventListener("visibilitychange", onVisibility);
  window.addEventListener("online", onOnline);
  window.addEventListener("offline", later);
  connect();

  return () => {
    hangUp();
    drawing.stop();
    clearTimeout(hiddenTimer);
    document.removeEventListener("visibilitychange", onVisibility);
    window.removeEventListener("online", onOnline);
    window.removeEventListener("offline", later);
  };
}

function parsed<T>(event: MessageEvent<unknown>): T | undefined {
  try {
    return JSON.parse(String(event.data)) as T;
  } catch {
    return undefined;
  }
}

function batched(draw: (items: FeedItem[]) => void): { add(item: FeedItem): void; flush(): void; stop(): void } {
  let waiting: FeedItem[] = [];
  let timer = 0;
  let drawnAt = 0;
  const flush = () => {
    clearTimeout(timer);
    timer = 0;
    if (waiting.length === 0) return;
    drawnAt = performance.now();
    const items = waiting;
    waiting = [];
    draw(items);
  };
  return {
    add: (item) => {
      waiting.push(item);
      if (timer !== 0) return;
      const rest = drawEveryMs - (performance.now() - drawnAt);
      if (rest <= 0) flush();
      else timer = window.setTimeout(flush, rest);
    },
    flush,
    stop: () => clearTimeout(timer),
  };
}
