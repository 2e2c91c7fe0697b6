import { Client, type ClientConfig, TypeOverrides } from "pg";
import { OperatorError } from "../../core/errors.ts";
import { migrations, postgresWords } from "../migrations/index.ts";
import { type Database, numberTypes, type Session } from "./database.ts";

/** `pg_xact_status` and 64-bit transaction numbers, by which a lost commit is found again. */
const oldestVersion = 130000;
const migrationLock = 7_309_411_864;

/** What every connection of ours has in common. Throws OperatorError when the URL is none. */
export function connectionOf(url: string): ClientConfig {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new OperatorError("DATABASE_URL is not a PostgreSQL URL. Write it as postgres://user:password@host:5432/database");
  }
  const numbers = new TypeOverrides();
  for (const type of numberTypes) numbers.setTypeParser(type, Number);
  return { connectionString: url, application_name: "owlbound", types: numbers, connectionTimeoutMillis: 5000, keepAlive: true, keepAliveInitialDelayMillis: 10_000 };
}

/** Throws OperatorError naming the fix unless the server can be reached, is durable and can hold the data. */
export async function checkServer(connection: ClientConfig, url: string): Promise<void> {
  const client = new Client(connection);
  client.on("error", () => {});
  try {
    await client.connect();
    await assertServer({ query: async (sql) => ({ rows: (await client.query(sql)).rows }) });
  } catch (error) {
    throw explain(error, url);
  } finally {
    await client.end().catch(() => {});
  }
}

/** What a durable store needs of the server. */
export async function assertServer(session: Session): Promise<void> {
  const { rows } = await session.query(`SELECT current_setting('server_version_num')::int AS version, current_setting('synchronous_commit') AS sync, current_setting('fsync') AS fsync,
    current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby`);
  const { version, sync, fsync, encoding, standby } = rows[0] as { version: number; sync: string; fsync: string; encoding: string; standby: boolean };
  if (version < oldestVersion) throw new OperatorError(`PostgreSQL ${Math.floor(version / 10_000)} is too old; 13 or newer is needed. Upgrade the server that DATABASE_URL names.`);
  if (standby) throw new OperatorError("DATABASE_URL names a read-only standby. Point it at the primary.");
  if (encoding !== "UTF8") throw new OperatorError(`The database of DATABASE_URL is encoded as ${encoding}. Make one with: CREATE DATABASE owlbound ENCODING 'UTF8' TEMPLATE template0`);
  if (fsync === "off") throw new OperatorError("PostgreSQL runs with fsync = off and could lose what was acknowledged. Set fsync = on in postgresql.conf, then restart it.");
  if (sync === "off") {
    throw new OperatorError("PostgreSQL runs with synchronous_commit = off and could lose what was acknowledged. Mend it: ALTER DATABASE … SET synchronous_commit = on (or ALTER ROLE …, or postgresql.conf)");
  }
}

/** Brings the schema up to date, one transaction a step, under a lock that all nodes share. Refuses what a newer program wrote. */
export async function migratePostgres(db: Database, now: number): Promise<void> {
  const locked = <T>(work: (session: Session, done: Set<string>) => Promise<T>) =>
    db.transaction(async (session) => {
      await session.query("SELECT pg_advisory_xact_lock($1)", [migrationLock]);
      await session.query("CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)");
      const { rows } = await session.query("SELECT name FROM migrations");
      return work(session, new Set((rows as { name: string }[]).map((row) => row.name)));
    });

  const done = await locked((_, names) => Promise.resolve(names));
  const unknown = [...done].filter((name) => !migrations.some((m) => m.name === name));
  if (unknown.length > 0) {
    throw new OperatorError(`The data was written by a newer Owlbound (migration ${unknown.join(", ")}). Start that version, or restore a backup.`);
  }
  for (const migration of migrations) {
    if (done.has(migration.name)) continue;
    await locked(async (session, names) => {
      if (names.has(migration.name)) return;
      for (const statement of migration.sql(postgresWords)) await session.query(statement);
      await session.query("INSERT INTO migrations (name, at) VALUES ($1, $2)", [migration.name, now]);
    });
  }
}

/** An operator's words for a failed start; the URL's password is in none of them. */
export function explain(error: unknown, url: string): unknown {
  if (!(error instanceof Error) || error instanceof OperatorError) return error;
  const cause = error.cause instanceof Error ? error.cause : error;
  const { hostname, port, pathname } = new URL(url);
  const place = `${hostname || "localhost"}:${port || 5432}${pathname}`;
  const code = "code" in cause ? String(cause.code) : "";
  const say = (what: string, fix: string) => new OperatorError(`PostgreSQL at ${place} ${what}. ${fix}`);
  if (code === "28P01" || code === "28000") return say("refused the user or password", "Mend them in DATABASE_URL (special characters as %XX), or the server's pg_hba.conf.");
  if (code === "3D000") return say("has no such database", "Create it (createdb), or mend the name in DATABASE_URL.");
  if (code === "42501") return say("does not let this user make tables", "GRANT CREATE ON SCHEMA public to it, or name its owner in DATABASE_URL.");
  if (code === "53300") return say("has no connection left", "Raise max_connections, or end other clients; DATABASE_URL is used by about 15 connections a node.");
  if (code === "57P03") return say("is still starting", "Try again in some seconds, or check DATABASE_URL.");
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return say("can't be found", "Mend the host name in DATABASE_URL.");
  if (/SSL|certificate|TLS/i.test(`${code} ${cause.message}`)) return say("and this program can't agree on TLS", "Set sslmode=disable, require or verify-full in DATABASE_URL, as the server asks.");
  if ("severity" in cause) return say(`answered ${code}: ${cause.message}`, "Check DATABASE_URL.");
  return say(`can't be reached${code === "" ? "" : ` (${code})`}`, "Start it, or mend the host and port in DATABASE_URL.");
}
