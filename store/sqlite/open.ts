import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { OperatorError } from "../../core/errors.ts";
import { migrations, sqliteWords } from "../migrations/index.ts";

/** Before 3.51.3 SQLite had a WAL-reset bug that could lose commits (sqlite.org/wal.html). */
const oldestSafeVersion = [3, 51, 3] as const;

export interface SqliteFileOptions {
  /** Pages of 4 KB that the file may grow to; a full disk in miniature. */
  maxPageCount?: number;
}

/** Opens the writer's connection: WAL, every commit fsynced, asserted. Throws OperatorError naming the fix. */
export function openWriter(file: string, options: SqliteFileOptions = {}): Database.Database {
  assertVersion();
  const folder = dirname(file);
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const db = new Database(file, { timeout: 5000 });
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.pragma("foreign_keys = ON");
    db.pragma("mmap_size = 0");
    db.pragma("cache_size = -65536");
    db.pragma("temp_store = MEMORY");
    db.pragma("wal_autocheckpoint = 4000");
    if (options.maxPageCount !== undefined) db.pragma(`max_page_count = ${options.maxPageCount}`);
    assertDurable(db, file);
    return db;
  } catch (error) {
    throw explain(error, file);
  }
}

/** A connection that can't write, for reads beside the writer. */
export function openReader(file: string): Database.Database {
  const db = new Database(file, { readonly: true, timeout: 5000 });
  db.pragma("mmap_size = 0");
  db.pragma("cache_size = -32768");
  db.pragma("temp_store = MEMORY");
  return db;
}

/** Brings the schema up to date, one transaction a step. Refuses a file that a newer program wrote. */
export function migrateSqlite(db: Database.Database, now: number): void {
  db.exec("CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL) STRICT");
  const done = new Set(db.prepare<[], string>("SELECT name FROM migrations").pluck().all());
  const unknown = [...done].filter((name) => !migrations.some((m) => m.name === name));
  if (unknown.length > 0) {
    throw new OperatorError(`The data was written by a newer Owlbound (migration ${unknown.join(", ")}). Start that version, or restore a backup.`);
  }
  const step = db.transaction((name: string, statements: readonly string[]) => {
    // Two processes may start at once: the second finds it done once it holds the lock.
    if (db.prepare("SELECT 1 FROM migrations WHERE name = ?").get(name)) return;
    for (const statement of statements) db.exec(statement);
    db.prepare("INSERT INTO migrations (name, at) VALUES (?, ?)").run(name, now);
  });
  for (const migration of migrations) if (!done.has(migration.name)) step.immediate(migration.name, migration.sql(sqliteWords));
}

function assertVersion(): void {
  const probe = new Database(":memory:");
  const version = probe.prepare<[], string>("SELECT sqlite_version()").pluck().get() ?? "0";
  probe.close();
  const parts = version.split(".").map(Number);
  for (const [i, least] of oldestSafeVersion.entries()) {
    const have = parts[i] ?? 0;
    if (have > least) return;
    if (have < least) throw new OperatorError(`SQLite ${version} can lose commits; 3.51.3 or newer is needed. Run npm ci to get the pinned better-sqlite3.`);
  }
}

function assertDurable(db: Database.Database, file: string): void {
  const mode = db.pragma("journal_mode", { simple: true });
  const synchronous = db.pragma("synchronous", { simple: true });
  if (mode !== "wal" || synchronous !== 2) {
    throw new OperatorError(`${file} can't run with WAL and full sync (got ${String(mode)}, ${String(synchronous)}). Put the data folder on a local disk, not a network share.`);
  }
}

function explain(error: unknown, file: string): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error ? String(error.code) : "";
  const folder = dirname(file);
  if (["EACCES", "EROFS", "EPERM", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_READONLY_DIRECTORY", "SQLITE_READONLY_DBMOVED"].includes(code)) {
    return new OperatorError(`The data folder ${folder} can't be written (${code}). Choose another with OWLBOUND_DATA=/path or --data, or mend its permissions.`);
  }
  if (code === "SQLITE_NOTADB" || code === "SQLITE_CORRUPT") {
    return new OperatorError(`${file} is not a readable Owlbound store (${code}). Restore a backup, or choose another folder with OWLBOUND_DATA or --data.`);
  }
  if (code === "ENOTDIR" || code === "EEXIST") return new OperatorError(`${folder} is not a folder. Choose another with OWLBOUND_DATA or --data.`);
  if (code === "ENOSPC" || code === "SQLITE_FULL") return new OperatorError(`No space left for ${folder}. Free some, or choose another disk with OWLBOUND_DATA or --data.`);
  return error;
}
