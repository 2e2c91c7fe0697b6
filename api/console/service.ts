import type { Store } from "../../store/store.ts";
import type { ApiKeyRow, SignalRow } from "../../store/tables.ts";
import { findWorkspace, listKeys, listWorkspaces } from "../keys/index.ts";
import { selectHours, selectSignals } from "../signals/index.ts";
import type { FeedItem, FeedPage, InstallStatus, Overview, TagInfo, Warning } from "./contract.ts";
import { countVisitors, type PersonRow, selectOutcomes, selectPeople, selectProblems, selectWarnings, signalSpan } from "./queries.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A refusal older than this says nothing about the installation of now. */
const problemFreshMs = 30 * 60_000;

export interface TagFiles {
  /** Path of the tag and of its immutable twin. */
  path: string;
  pinnedPath: string;
  integrity: string;
}

export interface ConsoleParts {
  store: Store;
  now: number;
  workspaceId: string;
  publicUrl: string;
  collectPath: string | undefined;
  tag: TagFiles;
}

/** All that the live screen shows besides the feed. */
export async function overview(parts: ConsoleParts): Promise<Overview> {
  const { store, now, workspaceId } = parts;
  const from = now - (now % hourMs) - dayMs + hourMs;
  const [workspace, key, hours, visitors, outcomes, warnings] = await Promise.all([
    findWorkspace(store.read, workspaceId),
    tagKey(store, workspaceId, now),
    selectHours(store.slow, workspaceId, from),
    countVisitors(store.slow, workspaceId, from),
    selectOutcomes(store.slow, workspaceId, from),
    selectWarnings(store.slow, workspaceId, now - dayMs),
  ]);
  const series = Array.from({ length: 24 }, (_, i) => ({ at: from + i * hourMs, visits: 0, downloads: 0 }));
  let total = 0;
  let downloads = 0;
  for (const row of hours) {
    const slot = series[(row.hour - from) / hourMs];
    total += row.count;
    if (row.type === "website_visit" && slot) slot.visits += row.count;
    if (row.type === "content_download" && slot) slot.downloads += row.count;
    if (row.type === "content_download") downloads += row.count;
  }
  const count = (name: string) => outcomes.find((o) => o.outcome === name)?.count ?? 0;
  return {
    workspace: { id: workspaceId, name: workspace?.name ?? "", plan: workspace?.plan ?? "" },
    tag: key ? tagOf(parts, key) : null,
    today: { total, downloads, ...visitors, series },
    install: await installStatus(parts, key),
    warnings: warningsOf(warnings),
    counts: {
      received: count("received"),
      stored: count("stored"),
      duplicate: count("duplicate"),
      dropped: Object.fromEntries(outcomes.filter((o) => o.outcome.startsWith("dropped:")).map((o) => [o.outcome.slice(8), o.count])),
    },
  };
}

/** One of a kind and key, the newest: an alarm that repeats is still one thing to do. */
function warningsOf(rows: readonly { action: string; at: number; detail: string }[]): Warning[] {
  const warnings = new Map<string, Warning>();
  for (const row of rows) {
    const detail = JSON.parse(row.detail) as Record<string, unknown>;
    const key = `${row.action} ${String(detail["keyId"])}`;
    if (!warnings.has(key)) warnings.set(key, { kind: row.action as Warning["kind"], at: row.at, detail });
  }
  return [...warnings.values()];
}

/** Whether the tag of the site's key works, and what was refused lately. */
export async function installStatus(parts: ConsoleParts, key?: ApiKeyRow): Promise<InstallStatus> {
  const { store, now, workspaceId } = parts;
  const siteKey = key ?? (await tagKey(store, workspaceId, now));
  const span = await signalSpan(store.slow, workspaceId, siteKey?.id);
  // Unknown keys belong to no workspace: shown only where there is just one, so that no tenant sees another's.
  const alone = (await listWorkspaces(store.read)).length === 1;
  const rows = await selectProblems(store.slow, alone ? [workspaceId, ""] : [workspaceId], now - problemFreshMs);
  const problems = rows
    .filter((p) => span.last === null || p.at > span.last)
    .map((p) => ({ code: p.code, origin: p.origin === "" ? null : p.origin, message: p.message, at: p.at, count: p.count }));
  return {
    state: problems.length > 0 ? "problem" : span.last === null ? "waiting" : "receiving",
    firstSignalAt: span.first,
    lastSignalAt: span.last,
    problems,
  };
}

/** A page of the feed, newest first; bots are left out. */
export async function feedPage(parts: ConsoleParts, limit: number, before: string | undefined): Promise<FeedPage> {
  const rows = await selectSignals(parts.store.slow, { workspaceId: parts.workspaceId, limit: limit + 1, before });
  const page = rows.slice(0, limit);
  return { signals: await feedItems(parts.store, parts.workspaceId, page), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

/** Rows as the feed shows them, with the people behind them. */
export async function feedItems(store: Store, workspaceId: string, rows: readonly SignalRow[]): Promise<FeedItem[]> {
  const ids = [...new Set(rows.flatMap((row) => (row.contact_id === null ? [] : [row.contact_id])))];
  const people = new Map((await selectPeople(store.read, workspaceId, ids)).map((person) => [person.id, person]));
  return rows.map((row) => toFeedItem(row, row.contact_id === null ? undefined : people.get(row.contact_id)));
}

function toFeedItem(row: SignalRow, person: PersonRow | undefined): FeedItem {
  const data = JSON.parse(row.data) as Record<string, unknown>;
  const text = (name: string) => (typeof data[name] === "string" ? data[name] : null);
  const name = person ? [person.first_name, person.last_name].filter(Boolean).join(" ") : "";
  return {
    id: row.id,
    type: row.type,
    receivedAt: row.received_at,
    pageUrl: text("pageUrl"),
    path: row.page_path,
    title: text("title"),
    referrer: text("referrer"),
    referrerKind: row.referrer_kind as FeedItem["referrerKind"],
    referrerName: row.referrer_name,
    country: row.country,
    visitorId: row.visitor_id,
    sessionId: row.session_id,
    known: person !== undefined,
    person: person ? { contactId: person.id, name: name === "" ? null : name, email: person.email } : null,
    browser: row.browser,
    os: row.os,
    device: row.device,
    fileName: text("fileName"),
    source: row.source,
    priority: row.priority,
    bot: row.bot,
  };
}

/** The key that the site's tag carries: the oldest live publishable one. */
async function tagKey(store: Store, workspaceId: string, now: number): Promise<ApiKeyRow | undefined> {
  const keys = await listKeys(store.read, workspaceId);
  return keys.find((key) => key.public_text !== null && key.revoked_at === null && (key.expires_at === null || key.expires_at > now));
}

/** The tag to paste. Attribute values are ours alone (URLs, key, mode), so quoting suffices. */
function tagOf(parts: Pick<ConsoleParts, "publicUrl" | "tag" | "collectPath">, key: ApiKeyRow): TagInfo {
  const scriptUrl = parts.publicUrl + parts.tag.path;
  const more = [
    key.privacy_mode === "anonymous" ? "" : ` data-mode="${key.privacy_mode}"`,
    parts.collectPath === undefined ? "" : ` data-collector="${parts.publicUrl}${parts.collectPath}"`,
  ].join("");
  const text = key.public_text ?? "";
  return {
    html: `<script async src="${scriptUrl}" data-key="${text}"${more}></script>`,
    pinnedHtml: `<script async src="${parts.publicUrl}${parts.tag.pinnedPath}" integrity="${parts.tag.integrity}" crossorigin="anonymous" data-key="${text}"${more}></script>`,
    scriptUrl,
    integrity: parts.tag.integrity,
    key: text,
    keyName: key.name,
    allowedOrigins: JSON.parse(key.allowed_origins) as string[],
    mode: key.privacy_mode,
  };
}
