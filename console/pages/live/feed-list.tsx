import { useRef, useState } from "preact/hooks";
import type { FeedItem } from "../../../api/console/contract.ts";
import { ago } from "../../parts/time.ts";
import { useNow } from "../../parts/use-now.ts";
import { FeedRow } from "./feed-row.tsx";

interface FeedListProps {
  rows: readonly FeedItem[];
  onOpen(item: FeedItem): void;
}

/** The rows. One tab stop; arrow keys, Home and End move between them. */
export function FeedList({ rows, onOpen }: FeedListProps) {
  const list = useRef<HTMLUListElement>(null);
  const [stop, setStop] = useState<string | null>(null);
  const now = useNow(1000);
  const tabStop = rows.some((row) => row.id === stop) ? stop : rows[0]?.id;

  const onKeyDown = (event: KeyboardEvent) => {
    const buttons = [...(list.current?.querySelectorAll<HTMLButtonElement>(".row") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    buttons[Math.min(buttons.length - 1, Math.max(0, to))]?.focus();
  };
  const onFocusIn = (event: FocusEvent) => {
    const row = (event.target as Element).closest<HTMLElement>(".row");
    if (row?.dataset["id"]) setStop(row.dataset["id"]);
  };

  return (
    <ul class="rows" ref={list} tabIndex={-1} onKeyDown={onKeyDown} onFocusIn={onFocusIn}>
      {rows.map((item) => (
        <FeedRow key={item.id} item={item} when={ago(item.receivedAt, now)} fresh={now - item.receivedAt < 4000} tabStop={item.id === tabStop} onOpen={onOpen} />
      ))}
    </ul>
  );
}
