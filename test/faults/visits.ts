import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished } from "vitest";
import { newSite, serve, type ServerProcess, type Site } from "./process.ts";

export const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

const digits = () => Math.floor(Math.random() * 2 ** 53);
/** As the tag makes them. */
export const newMessageId = (): string => `${Date.now()}-${digits()}`;
const visitors = Array.from({ length: 50 }, newMessageId);

export const visitOf = (messageId: string, more: Record<string, unknown> = {}) => ({
  type: "website_visit",
  data: { pageUrl: "https://www.example.com/pricing", referrer: "https://www.google.com/", title: "Pricing" },
  source: "website_tracker",
  occurredAt: Date.now(),
  visitorId: visitors[digits() % visitors.length],
  messageId,
  ...more,
});

export interface Answered {
  status: number;
  retryAfter: string | null;
  data?: { signalId: string; duplicate?: true };
  code?: string;
}

/** Posts one visit as the tag does. Rejects when the connection breaks before the whole answer is here. */
export async function post(url: string, key: string, messageId: string, more: Record<string, unknown> = {}): Promise<Answered> {
  const response = await fetch(`${url}/v1/signals`, {
    method: "POST",
    headers: { "content-type": "text/plain;charset=UTF-8", "user-agent": chrome },
    body: JSON.stringify({ ...visitOf(messageId, more), key, sentAt: Date.now() }),
  });
  const { data, error } = (await response.json()) as { data?: Answered["data"]; error?: { code: string } };
  return { status: response.status, retryAfter: response.headers.get("retry-after"), data, code: error?.code };
}

/** A data folder with a workspace and its keys; removed after the test. */
export async function freshSite(): Promise<Site> {
  const dataDir = mkdtempSync(join(tmpdir(), "owlbound-faults-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  return newSite(dataDir);
}

/** A server that doesn't outlive the test. */
export async function serveFor(site: Site, ...flags: string[]): Promise<ServerProcess> {
  const server = await serve(site.dataDir, ...flags);
  onTestFinished(async () => {
    await server.kill("SIGKILL");
  });
  return server;
}

/** What was acknowledged: messageId → signalId; and what was sent at all. */
export interface Sent {
  acknowledged: Map<string, string>;
  tried: Set<string>;
}
export const nothingSent = (): Sent => ({ acknowledged: new Map(), tried: new Set() });

/** Posts new visits over `connections` connections until the server is gone; resolves then. */
export async function loadUntilGone(url: string, key: string, sent: Sent, connections: number): Promise<void> {
  const sender = async () => {
    for (let i = 0; i < 100_000; i++) {
      const messageId = newMessageId();
      sent.tried.add(messageId);
      const answer = await post(url, key, messageId).catch(() => undefined);
      if (answer === undefined) return;
      expect(answer.status).toBe(201);
      if (answer.data) sent.acknowledged.set(messageId, answer.data.signalId);
    }
  };
  await Promise.all(Array.from({ length: connections }, sender));
}

/** Runs `work` on every item, a few at a time. */
export async function eachOf<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

/** The file itself, opened by nobody else; closed after the test. */
export function openFile(site: Site): Database.Database {
  const db = new Database(join(site.dataDir, "owlbound.db"), { timeout: 5000 });
  onTestFinished(() => {
    db.close();
  });
  return db;
}

/** Everything acknowledged is stored once under the id that was answered, nothing is stored twice, and the sums agree with the rows. */
export function expectStoredOnce(site: Site, sent: Sent): void {
  const db = openFile(site);
  const rows = db.prepare<[], { message_id: string; id: string }>("SELECT message_id, id FROM signals").all();
  const stored = new Map(rows.map((row) => [row.message_id, row.id]));
  const number = (sql: string) => db.prepare<[], number>(sql).pluck().get() ?? 0;
  expect(rows.length).toBe(stored.size);
  for (const [messageId, signalId] of sent.acknowledged) expect([messageId, stored.get(messageId)]).toEqual([messageId, signalId]);
  expect([...stored.keys()].filter((messageId) => !sent.tried.has(messageId))).toEqual([]);
  expect(number("SELECT count(*) FROM message_keys")).toBe(rows.length);
  expect(number("SELECT count(*) FROM signals s JOIN sessions USING (workspace_id, visitor_id) WHERE sessions.id = s.session_id")).toBe(rows.length);
  expect(number("SELECT sum(sessions) FROM visitors")).toBe(number("SELECT count(*) FROM sessions"));
  expect(number("SELECT sum(count) FROM signal_hours")).toBe(rows.length);
  expect(number("SELECT sum(count) FROM ingest_hours WHERE outcome = 'stored'")).toBe(rows.length);
  expect(number("SELECT sum(credits) FROM usage_ledger WHERE capability = 'api.signals.create'")).toBe(rows.length);
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
}
