import { type Kysely, sql } from "kysely";
import pg from "pg";
import { OperatorError } from "../../core/errors.ts";
import { migrations, postgresWords } from "../migrations/index.ts";
import type { Tables } from "../tables.ts";

const int8 = 20;
/** Any number will do, as long as all nodes use the same: "owlb" in ASCII. */
const migrationLock = 0x6f776c62;

/** 64-bit integers as numbers: times and counts stay far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text") => (oid === int8 ? Number : pg.types.getTypeParser(oid, format))) as pg.CustomTypesConfig["getTypeParser"],
};

/** A pool of connections; `statementTimeoutMs` ends what runs longer. */
export function createPool(url: string, size: number, statementTimeoutMs?: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    types,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    application_name: "owlbound",
    ...(statementTimeoutMs === undefined ? {} : { statement_timeout: statementTimeoutMs }),
  });
  // A connection that dies while idle is replaced at the next use; unheard, the event would end the process.
  pool.on("error", () => {});
  return pool;
}

/** Brings the schema up to date; nodes that start together take turns. Refuses a schema that a newer program wrote. */
export async function migratePostgres(db: Kysely<Tables>, now: number): Promise<void> {
  await db.connection().execute(async (connection) => {
    await sql`SELECT pg_advisory_lock(${migrationLock})`.execute(connection);
    try {
      await sql`CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)`.execute(connection);
      const { rows } = await sql<{ name: string }>`SELECT name FROM migrations`.execute(connection);
      const unknown = rows.filter(({ name }) => !migrations.some((m) => m.name === name));
      if (unknown.length > 0) {
        throw new OperatorError(`The data was written by a newer Owlbound (migration ${unknown.map((m) => m.name).join(", ")}). Start that version, or restore a backup.`);
      }
      for (const migration of migrations) {
        if (rows.some(({ name }) => name === migration.name)) continue;
        await connection.transaction().execute(async (tx) => {
          for (const statement of migration.sql(postgresWords)) await sql.raw(statement).execute(tx);
          await sql`INSERT INTO migrations (name, at) VALUES (${migration.name}, ${now})`.execute(tx);
        });
      }
    } finally {
      await sql`SELECT pg_advisory_unlock(${migrationLock})`.execute(connection);
    }
  });
}

/** A server that acknowledges before its log is on disk would break the first promise. */
export async function assertDurable(db: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ name: string; setting: string }>`SELECT name, setting FROM pg_settings WHERE name IN ('synchronous_commit', 'fsync')`.execute(db);
  for (const { name, setting } of rows) {
    if (setting === "off") throw new OperatorError(`PostgreSQL runs with ${name} = off and can lose acknowledged signals. Set ${name} = on.`);
  }
}

/** Errors of the first connection, in words that name the fix and never the password. */
export function explainConnect(error: unknown, url: string): unknown {
  if (error instanceof OperatorError || !(error instanceof Error)) return error;
  const { hostname, port, pathname, username } = new URL(url);
  const code = "code" in error ? String(error.code) : "";
  const where = `${hostname}:${port || "5432"}`;
  if (["ECONNREFUSED", "ENOTFOUND", "ETIMEDOUT", "EHOSTUNREACH", "EAI_AGAIN"].includes(code) || /timeout/i.test(error.message)) {
    return new OperatorError(`No PostgreSQL answers at ${where} (${code || "timeout"}). Check DATABASE_URL, or unset it to use the embedded store.`);
  }
  if (code === "28P01" || code === "28000") return new OperatorError(`PostgreSQL at ${where} refuses user "${username}". Check the name and password in DATABASE_URL.`);
  if (code === "3D000") return new OperatorError(`PostgreSQL at ${where} has no database "${pathname.slice(1)}". Create it: createdb ${pathname.slice(1)}`);
  if (code === "42501") return new OperatorError(`User "${username}" may not create tables in "${pathname.slice(1)}". Grant it: GRANT CREATE ON SCHEMA public TO ${username}`);
  return error;
}
