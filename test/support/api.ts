import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createKey, createWorkspace, type NewKey } from "../../api/keys/index.ts";
import { startServer } from "../../cli/server.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import { parseConfig } from "../../core/config.ts";
import type { Store } from "../../store/store.ts";
import type { Plan } from "../../store/tables.ts";
import { checkAnswer } from "./answers.ts";
import { databaseForApi } from "./stores.ts";

export interface ApiOptions {
  plan?: Plan;
  clock?: Clock;
  /** Flags of `owlbound serve`. */
  flags?: Record<string, string>;
  publishable?: Partial<NewKey>;
  /** Another store than a fresh SQLite file. */
  store?: (dataDir: string, now: () => number) => Promise<Store>;
}

export interface Json {
  status: number;
  headers: Headers;
  // The tests read answers as a stranger would: by path, without our types.
  body: ReturnType<typeof JSON.parse>;
}

/** A whole server on a free loopback port with a workspace and two keys; stopped when the test ends. */
export async function startApi(options: ApiOptions = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), "owlbound-test-"));
  const clock = options.clock ?? systemClock;
  const database = options.store ? undefined : await databaseForApi();
  const config = parseConfig({ port: "0", data: dataDir, "log-level": "silent", ...(database ? { "database-url": database.url } : {}), ...options.flags }, {});
  const store = await options.store?.(dataDir, () => clock.now());
  const server = await startServer(config, { clock, ...(store ? { store } : {}) });
  const workspace = await createWorkspace(server.store, clock.now(), { name: "Acme", plan: options.plan });
  const newKey = (more: Partial<NewKey>) => createKey(server.store, clock.now(), { workspaceId: workspace.id, type: "secret", ...more });
  const secret = await newKey({});
  const publishable = await newKey({ type: "publishable", ...options.publishable });

  /** Sends a request; a success answer that its endpoint's contract does not declare fails the test. */
  async function call(method: string, path: string, init: { key?: string | null; body?: unknown; headers?: Record<string, string> } = {}): Promise<Json> {
    const key = init.key === undefined ? secret.key : init.key;
    const raw = typeof init.body === "string" || init.body instanceof Uint8Array;
    const response = await fetch(server.url + path, {
      method,
      redirect: "manual",
      headers: {
        ...(key === null ? {} : { "x-api-key": key }),
        ...(init.body === undefined ? {} : { "content-type": "application/json" }),
        ...init.headers,
      },
      ...(init.body === undefined ? {} : { body: raw ? (init.body as BodyInit) : JSON.stringify(init.body) }),
    });
    const text = await response.text();
    const body: Json["body"] = text === "" ? undefined : JSON.parse(text);
    checkAnswer(method, path, response.status, body);
    return { status: response.status, headers: response.headers, body };
  }

  let open = true;
  const close = async () => {
    if (!open) return;
    open = false;
    await server.close();
  };
  onTestFinished(async () => {
    await close();
    await database?.drop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return { url: server.url, dataDir, server, store: server.store, workspace, secret, publishable, newKey, call, close };
}

export const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/** A visit as the tag posts it. */
export const visit = (more: Record<string, unknown> = {}) => ({
  type: "website_visit",
  source: "website_tracker",
  data: { pageUrl: "https://www.example.com/pricing?utm_source=news", referrer: "https://www.google.com/", title: "Pricing" },
  ...more,
});
