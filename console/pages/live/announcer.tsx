import { useEffect, useRef, useState } from "preact/hooks";
import type { FeedItem } from "../../../api/console/contract.ts";
import type { Connection } from "./stream.ts";
import { arrivalsInWords } from "./words.ts";

/** A busy site must not talk without end: one sentence per this time sums up what came. */
const quietMs = 20_000;
/** A short break that mends itself is nobody's business. */
const outageMs = 4000;

interface AnnouncerProps {
  arrivals: number;
  newest: FeedItem | undefined;
  connection: Connection;
}

/** Tells screen readers, politely and seldom, what came in and whether the connection is down. */
export function Announcer({ arrivals, newest, connection }: AnnouncerProps) {
  const [said, setSaid] = useState("");
  const [state, setState] = useState("");
  const told = useRef({ arrivals: 0, at: -Infinity });
  const current = useRef({ arrivals, newest });
  current.current = { arrivals, newest };

  useEffect(() => {
    if (arrivals === told.current.arrivals) return;
    const timer = setTimeout(
      () => {
        const now = current.current;
        setSaid(arrivalsInWords(now.arrivals - told.current.arrivals, now.newest));
        told.current = { arrivals: now.arrivals, at: performance.now() };
      },
      Math.max(300, told.current.at + quietMs - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [arrivals]);

  useEffect(() => {
    if (connection === "live") {
      setState((before) => (before === "" ? "" : "Live again."));
      return;
    }
    const timer = setTimeout(() => setState(connection === "reconnecting" ? "The connection is lost. Trying again." : ""), outageMs);
    return () => clearTimeout(timer);
  }, [connection]);

  return (
    <div class="unseen">
      <p role="status">{said}</p>
      <p role="status">{state}</p>
    </div>
  );
}
