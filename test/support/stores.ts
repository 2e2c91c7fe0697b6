import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";
import { newId } from "../../core/id.ts";
import type { NewSignal } from "../../store/ingest.ts";
import { openPostgresStore } from "../../store/postgres/index.ts";
import { newPglite, openPgliteStore } from "../../store/postgres/pglite.ts";
import { openSqliteStore } from "../../store/sqlite/index.ts";
import type { Store, StoreLimits } from "../../store/store.ts";
import type { SignalRow } from "../../store/tables.ts";

export interface OpenedStore {
  store: Store;
  /** The same data once more: another node, or the next start. */
  again(): Promise<Store>;
  /** A statement past the store. */
  run(statement: string): Promise<void>;
  /** The disk is full, or has room again. */
  setFull(full: boolean): Promise<void>;
  /** Of a real server. */
  url?: string;
  /** Closes it and removes what it was made of. */
  dispose(): Promise<void>;
}

type Open = (now: () => number, limits?: Partial<StoreLimits>) => Promise<OpenedStore>;

const serverUrl = process.env["OWLBOUND_TEST_DATABASE_URL"];
/** A database of that server whose schema is up to date: copying it takes a tenth of the time that migrating an empty one does. */
const template = process.env["OWLBOUND_TEST_TEMPLATE"];

async function runOn(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

/** A fresh database on the test server. */
async function createDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  if (serverUrl === undefined) throw new Error("OWLBOUND_TEST_DATABASE_URL is not set");
  const name = `owlbound_${randomBytes(6).toString("hex")}`;
  await runOn(serverUrl, `CREATE DATABASE ${name}${template === undefined ? "" : ` TEMPLATE ${template}`}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runOn(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

const sqlite: Open = async (now, limits) => {
  const folder = mkdtempSync(join(tmpdir(), "owlbound-store-"));
  const open = () => openSqliteStore({ file: join(folder, "owlbound.db"), now, ...(limits ? { limits } : {}) });
  const store = await open();
  const opened: Store[] = [store];
  return {
    store,
    again: async () => {
      const next = await open();
      opened.push(next);
      return next;
    },
    run: (statement) => {
      const db = new Database(join(folder, "owlbound.db"));
      db.exec(statement);
      db.close();
      return Promise.resolve();
    },
    setFull: (full) => Promise.resolve(void store.pragma(`max_page_count = ${full ? 1 : 1_000_000}`)),
    dispose: async () => {
      await Promise.all(opened.map((one) => one.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Answers what PostgreSQL answers when its disk is full. */
const full = `CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
  CREATE TRIGGER no_room BEFORE INSERT ON signals EXECUTE FUNCTION no_room()`;
const roomAgain = "DROP TRIGGER no_room ON signals; DROP FUNCTION no_room";

const postgres: Open = async (now, limits) => {
  const { url, drop } = await createDatabase();
  const open = () => openPostgresStore({ url, now, ...(limits ? { limits } : {}) });
  const opened = [await open()];
  const [store] = opened as [Store];
  const run = (statement: string) => runOn(url, statement);
  return {
    store,
    url,
    again: async () => {
      const next = await open();
      opened.push(next);
      return next;
    },
    run,
    setFull: (isFull) => run(isFull ? full : roomAgain),
    dispose: async () => {
      await Promise.all(opened.map((one) => one.close()));
      await drop();
    },
  };
};

let instance: ReturnType<typeof newPglite> | undefined;
/** Whether the instance has today's schema and nothing but it: emptying it takes a tenth of the time that making it anew does. */
let hasSchema = false;

async function emptied(): Promise<ReturnType<typeof newPglite>> {
  const shared = (instance ??= newPglite());
  if (!hasSchema) {
    await shared.exec("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public");
    return shared;
  }
  const { rows } = await shared.query<{ name: string }>("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'");
  await shared.exec(`TRUNCATE ${rows.map(({ name }) => `"${name}"`).join(", ")} RESTART IDENTITY`);
  return shared;
}

/** One instance a test file, since it takes seconds to start; emptied each time. */
const pglite: Open = async (now, limits) => {
  const shared = await emptied();
  const open = () => openPgliteStore({ now, shared, ...(limits ? { limits } : {}) });
  const opened = [await open()];
  hasSchema = true;
  const [store] = opened as [Store];
  const run = async (statement: string) => {
    hasSchema = false;
    await shared.exec(statement);
  };
  return {
    store,
    again: async () => {
      const next = await open();
      opened.push(next);
      return next;
    },
    run,
    setFull: (isFull) => run(isFull ? full : roomAgain),
    dispose: async () => void (await Promise.all(opened.map((one) => one.close()))),
  };
};

/** Real servers, when one is given. */
export const servers: [name: string, open: Open][] = serverUrl === undefined ? [] : [["postgres", postgres]];

/** A real server when one is given: what ran in this process runs without it. */
const given = (others: [name: string, open: Open][]) => (serverUrl === undefined ? others : servers);

/** PostgreSQL: in this process, or a real server when one is given. */
export const postgresDialects: [name: string, open: Open][] = given([["pglite", pglite]]);

/** What the store's suite runs on. */
export const dialects: [name: string, open: Open][] = given([["sqlite", sqlite], ["pglite", pglite]]);

/** Those that end a read that takes too long; PGlite has no clock that could interrupt it. */
export const withSlowReads: [name: string, open: Open][] = given([["sqlite", sqlite]]);

/** Where API tests keep their data: a fresh database of the real PostgreSQL when one is given, else (undefined) the SQLite file. */
export async function databaseForApi(): Promise<{ url: string; drop(): Promise<void> } | undefined> {
  return serverUrl === undefined ? undefined : createDatabase();
}

/** A signal as the collector hands it to the store. */
export function newSignal(at: number, more: Partial<SignalRow> = {}): NewSignal {
  return {
    visitorMode: "identified",
    capability: "api.signals.create",
    credits: 1,
    bytes: 700,
    row: {
      workspace_id: "w1", id: newId(at), type: "website_visit", priority: "medium", source: "test", notes: null, data: "{}", contact_id: null,
      claimed_contact_id: null, message_id: null, visitor_id: null, session_id: null, key_id: "k1", batch_id: "", received_at: at, occurred_at: at,
      clock_flag: null, page_host: null, page_path: "/", referrer_kind: null, referrer_name: null, utm: null, browser: null, os: null, device: null,
      country: null, bot: null, actioned_at: null, company_id: null, ...more,
    },
  };
}
