import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { FeedItem } from "../../../api/console/contract.ts";
import { Avatar } from "../../parts/avatar.tsx";
import { countryName } from "../../parts/country.ts";
import { Icon } from "../../parts/icons.tsx";
import { mailHref, readableUrl, safeHref } from "../../parts/link.ts";
import { ago, agoInWords, wholeTime } from "../../parts/time.ts";
import { useNow } from "../../parts/use-now.ts";
import { RunList } from "./runs.tsx";
import { kindWord, typeWord, whatOf, whoOf } from "./words.ts";

interface SignalDrawerProps {
  item: FeedItem;
  /** What else is in the feed, to show the same visitor's trail. */
  others: readonly FeedItem[];
  onOpen(item: FeedItem): void;
  onClose(): void;
}

const trailMax = 12;

/** All that is known of one signal, and what the same visitor did besides. Esc or a click beside it closes it. */
export function SignalDrawer({ item, others, onOpen, onClose }: SignalDrawerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const now = useNow(1000);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const trail = item.visitorId === null ? [] : others.filter((other) => other.visitorId === item.visitorId).slice(0, trailMax);

  return (
    <dialog ref={dialog} class="drawer" aria-labelledby="drawer-title" onClose={onClose} onClick={(event) => event.target === dialog.current && dialog.current?.close()}>
      <div class="drawer-in">
        <header class="drawer-head">
          <Avatar visitorId={item.visitorId} person={item.person} />
          <div>
            <p class="quiet">{`${typeWord(item.type)}, ${agoInWords(item.receivedAt, now)}`}</p>
            <h2 id="drawer-title">{whatOf(item)}</h2>
          </div>
          <button type="button" class="tool" onClick={() => dialog.current?.close()} aria-label="Close">
            <Icon name="close" />
          </button>
        </header>
        {item.runs.length > 0 && <RunList runs={item.runs} />}
        <Facts item={item} />
        {trail.length > 1 && (
          <section class="trail">
            <h3>{`${whoOf(item)}, lately`}</h3>
            <ol>
              {trail.map((other) => (
                <li key={other.id}>
                  <button type="button" aria-current={other.id === item.id} onClick={() => onOpen(other)}>
                    <Icon name={other.type === "content_download" ? "download" : other.type === "website_visit" ? "visit" : "other"} />
                    <span>{whatOf(other)}</span>
                    <time dateTime={new Date(other.receivedAt).toISOString()}>{ago(other.receivedAt, now)}</time>
                  </button>
                </li>
              ))}
            </ol>
          </section>
        )}
      </div>
    </dialog>
  );
}

function Facts({ item }: { item: FeedItem }) {
  const machine = [item.browser, item.os, item.device].filter((part) => part !== null).join(", ");
  return (
    <dl class="facts">
      <Fact name="Who">
        {whoOf(item)}
        {item.known ? <span class="known"><Icon name="check" />known</span> : item.visitorId !== null && <span class="quiet"> a made-up name for an unknown visitor</span>}
      </Fact>
      {item.person?.email && <Fact name="E-mail"><Mail email={item.person.email} /></Fact>}
      <Fact name="When">{wholeTime(item.receivedAt)}</Fact>
      {item.fileName !== null && <Fact name="File">{item.fileName}</Fact>}
      {item.pageUrl !== null && <Fact name="Page"><Out url={item.pageUrl} /></Fact>}
      {item.title !== null && item.title !== whatOf(item) && <Fact name="Title">{item.title}</Fact>}
      {item.referrerKind !== null && <Fact name="Came by">{[kindWord(item.referrerKind), item.referrerName].filter(Boolean).join(", ")}</Fact>}
      {item.referrer !== null && <Fact name="From page"><Out url={item.referrer} /></Fact>}
      {item.country !== null && <Fact name="Country">{countryName(item.country)}</Fact>}
      {machine !== "" && <Fact name="Device">{machine}</Fact>}
      <Fact name="Source">{item.source.replaceAll("_", " ")}</Fact>
      <Fact name="Priority">{item.priority}</Fact>
      {item.bot !== null && <Fact name="Bot">{item.bot}</Fact>}
      <Fact name="Signal"><code>{item.id}</code></Fact>
      {item.visitorId !== null && <Fact name="Visitor"><code>{item.visitorId}</code></Fact>}
      {item.sessionId !== null && <Fact name="Session"><code>{item.sessionId}</code></Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A link out where the address is safe to follow, plain text where not. */
function Out({ url }: { url: string }) {
  const href = safeHref(url);
  if (href === null) return <>{url}</>;
  return (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {readableUrl(url)}
      <Icon name="out" />
    </a>
  );
}

function Mail({ email }: { email: string }) {
  const href = mailHref(email);
  return href === null ? <>{email}</> : <a href={href}>{email}</a>;
}
