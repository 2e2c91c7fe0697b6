import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { openPgliteStore, openPostgresStore } from "../../store/postgres/index.ts";
import { openSqliteStore } from "../../store/sqlite/index.ts";
import type { Store, StoreLimits } from "../../store/store.ts";

export interface OpenedStore {
  store: Store;
  /** Closes it and removes what it was made of. */
  dispose(): Promise<void>;
}

type Open = (now: () => number, limits?: Partial<StoreLimits>) => Promise<OpenedStore>;

const serverUrl = process.env["OWLBOUND_TEST_DATABASE_URL"];

/** A fresh database on the test server. */
async function createDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  if (serverUrl === undefined) throw new Error("OWLBOUND_TEST_DATABASE_URL is not set");
  const name = `owlbound_${randomBytes(6).toString("hex")}`;
  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await run(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

const sqlite: Open = async (now, limits) => {
  const folder = mkdtempSync(join(tmpdir(), "owlbound-store-"));
  const store = await openSqliteStore({ file: join(folder, "owlbound.db"), now, ...(limits ? { limits } : {}) });
  return {
    store,
    dispose: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const pglite: Open = async (now, limits) => {
  const store = await openPgliteStore({ now, ...(limits ? { limits } : {}) });
  return { store, dispose: () => store.close() };
};

const postgres: Open = async (now, limits) => {
  const { url, drop } = await createDatabase();
  const store = await openPostgresStore({ url, now, ...(limits ? { limits } : {}) });
  return {
    store,
    dispose: async () => {
      await store.close();
      await drop();
    },
  };
};

/** What the store's suite runs on: the file, PostgreSQL in this process, and a real server when one is given. */
export const dialects: [name: string, open: Open][] = [
  ["sqlite", sqlite],
  ["pglite", pglite],
  ...(serverUrl === undefined ? [] : ([["postgres", postgres]] as [string, Open][])),
];

/** Where API tests keep their data: a fresh database of the real PostgreSQL when one is given, else (undefined) the SQLite file. */
export async function databaseForApi(): Promise<{ url: string; drop(): Promise<void> } | undefined> {
  return serverUrl === undefined ? undefined : createDatabase();
}
