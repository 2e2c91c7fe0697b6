import { useMemo, useState } from "preact/hooks";
import type { FeedItem } from "../../../api/console/contract.ts";
import { Avatar } from "../../parts/avatar.tsx";
import { countryName, drawsFlags, flagOf } from "../../parts/country.ts";
import { Icon } from "../../parts/icons.tsx";
import { wholeTime } from "../../parts/time.ts";
import { RunChips } from "./runs.tsx";
import { kindWord, typeWord, whatOf, whoOf } from "./words.ts";

interface FeedRowProps {
  item: FeedItem;
  /** `now`, `12s` … */
  when: string;
  fresh: boolean;
  tabStop: boolean;
  onOpen(item: FeedItem): void;
}

/** One signal in a line: who, what, from where, when. */
export function FeedRow({ item, when, fresh, tabStop, onOpen }: FeedRowProps) {
  // Told once: a row that is drawn again does not light up again.
  const [arrived] = useState(fresh);
  // The clock ticks each second over 200 rows: what stays is not compared again, and of what moves only the time is.
  const said = useMemo(() => <Said item={item} />, [item]);
  const times = useMemo(() => ({ dateTime: new Date(item.receivedAt).toISOString(), title: wholeTime(item.receivedAt) }), [item]);
  return useMemo(
    () => (
      <li class={arrived ? "arrived" : undefined}>
        <button type="button" class="row" data-id={item.id} data-type={item.type} tabIndex={tabStop ? 0 : -1} onClick={() => onOpen(item)} aria-haspopup="dialog">
          {said}
          <time class="when" {...times}>
            {when}
          </time>
        </button>
      </li>
    ),
    [item, when, tabStop, arrived, onOpen],
  );
}

function Said({ item }: { item: FeedItem }) {
  return (
    <>
      <Avatar visitorId={item.visitorId} person={item.person} />
      <Who item={item} />
      <What item={item} />
      <From item={item} />
      <Country code={item.country} />
    </>
  );
}

function Who({ item }: { item: FeedItem }) {
  return (
    <span class="who">
      <span class="who-name">{whoOf(item)}</span>
      {item.known && (
        <span class="known">
          <Icon name="check" />
          known
        </span>
      )}
    </span>
  );
}

function What({ item }: { item: FeedItem }) {
  const what = whatOf(item);
  const icon = item.type === "website_visit" ? "visit" : item.type === "content_download" ? "download" : "other";
  return (
    <span class="what">
      <Icon name={icon} />
      <span class="unseen">{typeWord(item.type)}: </span>
      <span class="what-title">{what}</span>
      {item.path !== null && item.path !== what && <span class="what-path">{item.path}</span>}
      <RunChips runs={item.runs} />
    </span>
  );
}

function From({ item }: { item: FeedItem }) {
  if (item.referrerKind === null) return <span class="from" />;
  return (
    <span class={`from from-${item.referrerKind}`}>
      <span class="unseen">from </span>
      {kindWord(item.referrerKind)}
      {item.referrerName !== null && <b>{item.referrerName}</b>}
    </span>
  );
}

function Country({ code }: { code: string | null }) {
  if (code === null) return <span class="country" />;
  const flag = drawsFlags() ? flagOf(code) : null;
  return (
    <span class="country" title={countryName(code)}>
      {flag !== null && <span aria-hidden="true">{flag} </span>}
      <span aria-hidden="true">{code}</span>
      <span class="unseen">{countryName(code)}</span>
    </span>
  );
}
