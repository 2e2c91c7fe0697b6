import type { Store } from "../../store/store.ts";
import type { ApiKeyRow, SignalRow } from "../../store/tables.ts";
import { findWorkspace, listKeys, listWorkspaces } from "../keys/index.ts";
import { selectHours, selectSignals } from "../signals/index.ts";
import type { FeedItem, FeedPage, InstallStatus, Overview, Person, RunMark, TagInfo } from "./contract.ts";
import { countVisitors, selectOutcomes, selectPeople, selectProblems, signalSpan } from "./queries.ts";
import { runsBySignal } from "./runs.ts";
import { warningsOf } from "./warnings.ts";

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
    warningsOf(store, workspaceId, now),
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
    warnings,
    counts: {
      received: count("received"),
      stored: count("stored"),
      duplicate: count("duplicate"),
      dropped: Object.fromEntries(outcomes.filter((o) => o.outcome.startsWith("dropped:")).map((o) => [o.outcome.slice(8), o.count])),
    },
  };
}

/** Whether the tag of the site's key works, and what was refused lately. */
export async function installStatus(parts: ConsoleParts, key?: ApiKeyRow): Promise<InstallStatus> {
  const { store, now, workspaceId } = parts;
  const siteKey = key ?? (await tagKey(store, workspaceId, now));
  const span = await signalSpan(store.slow, workspaceId, siteKey?.id);
  // Unknown keys belong to no workspace: shown only where there is just one, so that no tenant sees another's.
  const alone = (await listWorkspaces(store.read)).length === 1;
  const rows = await selectProblems(store.slow, alone ? [workspaceId, ""] : [workspaceId], now - problemFreshMs);
  const keys = new Map(rows.length === 0 ? [] : (await listKeys(store.read, workspaceId)).map((k) => [k.id, { id: k.id, name: k.name, allowedOrigins: JSON.parse(k.allowed_origins) as string[] }]));
  const problems = rows
    .filter((p) => span.last === null || p.at > span.last)
    .map((p) => ({ code: p.code, origin: p.origin === "" ? null : p.origin, message: p.message, at: p.at, count: p.count, key: keys.get(p.key_id) ?? null }));
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
  const [people, runs] = await Promise.all([
    findPeople(store, workspaceId, rows.flatMap((row) => row.contact_id ?? [])),
    runsBySignal(store, workspaceId, rows.map((row) => row.id)),
  ]);
  return rows.map((row) => toFeedItem(row, people.get(row.contact_id ?? "") ?? null, runs.get(row.id) ?? []));
}

/** People by their contact's id; who is gone is not among them. */
export async function findPeople(store: Store, workspaceId: string, contactIds: readonly string[]): Promise<Map<string, Person>> {
  const rows = await selectPeople(store.read, workspaceId, [...new Set(contactIds)]);
  return new Map(rows.map((row) => [row.id, { contactId: row.id, name: [row.first_name, row.last_name].filter(Boolean).join(" ") || null, email: row.email }]));
}

function toFeedItem(row: SignalRow, person: Person | null, runs: RunMark[]): FeedItem {
  const data = JSON.parse(row.data) as Record<string, unknown>;
  const text = (name: string) => (typeof data[name] === "string" ? data[name] : null);
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
    known: person !== null,
    person,
    browser: row.browser,
    os: row.os,
    device: row.device,
    fileName: text("fileName"),
    source: row.source,
    priority: row.priority,
    bot: row.bot,
    runs,
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
