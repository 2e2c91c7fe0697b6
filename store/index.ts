import { openSqliteStore, type SqliteOptions } from "./sqlite/index.ts";
import type { Store } from "./store.ts";

/** Opens PostgreSQL when a URL is given, else the embedded SQLite file; the same promises either way. */
export async function openStore(options: SqliteOptions & { databaseUrl?: string | undefined }): Promise<Store> {
  if (options.databaseUrl === undefined) return openSqliteStore(options);
  const { openPostgresStore } = await import("./postgres/index.ts");
  return openPostgresStore({ url: options.databaseUrl, now: options.now, ...(options.limits ? { limits: options.limits } : {}) });
}
