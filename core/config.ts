import { z } from "zod";
import { OperatorError } from "./errors.ts";

const port = z.coerce.number().int().min(0).max(65_535);
const count = z.coerce.number().int().min(0);
const list = z.string().transform((text) => text.split(",").map((part) => part.trim()).filter(Boolean));
const path = z.string().regex(/^\/[\w\-./]*$/, "must be a path such as /stats/s.js");

/** Everything that an operator can set: a flag of `owlbound serve`, or the environment variable beside it. */
export const settings = {
  host: { env: "HOST", flag: "host", schema: z.string().min(1).default("127.0.0.1") },
  port: { env: "PORT", flag: "port", schema: port.default(8787) },
  demoPort: { env: "DEMO_PORT", flag: "demo-port", schema: port.optional() },
  dataDir: { env: "OWLBOUND_DATA", flag: "data", schema: z.string().min(1).default("./data") },
  databaseUrl: { env: "DATABASE_URL", flag: "database-url", schema: z.string().regex(/^postgres(ql)?:\/\//, "must be a postgres:// URL").optional() },
  /** How the world reaches this server, e.g. https://signals.example.com; the tag and links name it. */
  publicUrl: { env: "OWLBOUND_URL", flag: "url", schema: z.url().optional() },
  /** Requests a minute per visitor address and publishable key on the plan `unlimited`; 0 = off. */
  visitorLimit: { env: "OWLBOUND_VISITOR_LIMIT", flag: "visitor-limit", schema: count.default(600) },
  /** Requests a second per publishable key under the published plans; 0 = off. */
  keyLimit: { env: "OWLBOUND_KEY_LIMIT", flag: "key-limit", schema: count.default(100) },
  /** Signals that one publishable key may store a day; 0 = off. */
  dailyRowLimit: { env: "OWLBOUND_DAILY_ROW_LIMIT", flag: "daily-row-limit", schema: count.default(10_000_000) },
  /** Addresses or CIDR ranges whose X-Forwarded-For is believed. */
  trustedProxies: { env: "OWLBOUND_TRUSTED_PROXIES", flag: "trusted-proxies", schema: list.default([]) },
  /** Header in which a trusted proxy tells the visitor's country, e.g. cf-ipcountry. */
  countryHeader: { env: "OWLBOUND_COUNTRY_HEADER", flag: "country-header", schema: z.string().toLowerCase().optional() },
  tagPath: { env: "OWLBOUND_TAG_PATH", flag: "tag-path", schema: path.default("/s.js") },
  collectPath: { env: "OWLBOUND_COLLECT_PATH", flag: "collect-path", schema: path.optional() },
  /** 32 bytes or more of secret text; made and kept in the data folder when absent. Needed for several nodes on one PostgreSQL. */
  secret: { env: "OWLBOUND_SECRET", flag: "secret", schema: z.string().min(32, "needs 32 characters or more").optional() },
  /** Hosts, host:port or CIDR ranges that connectors, webhooks and lookups may reach although they are private. */
  allowOutbound: { env: "OWLBOUND_ALLOW_OUTBOUND", flag: "allow-outbound", schema: list.default([]) },
  /** Finds the companies of visits by reverse DNS: `on` asks the machine's own servers, addresses ask those. */
  reverseDns: { env: "OWLBOUND_REVERSE_DNS", flag: "reverse-dns", schema: list.default([]) },
  /** Paths of MMDB files: they tell the companies of visits by their network, and connectors of the kind mmdb may open them by their file names. */
  mmdb: { env: "OWLBOUND_MMDB", flag: "mmdb", schema: list.default([]) },
  slowReadLimitMs: { env: "OWLBOUND_SLOW_READ_LIMIT_MS", flag: "slow-read-limit-ms", schema: count.default(10_000) },
  /** Open connections per address. */
  connectionsPerAddress: { env: "OWLBOUND_CONNECTIONS_PER_ADDRESS", flag: "connections-per-address", schema: count.default(1000) },
  /** Pages of 4 KB that the SQLite file may grow to; unset = the disk. */
  maxPageCount: { env: "OWLBOUND_MAX_PAGES", flag: "max-pages", schema: count.optional() },
  logLevel: { env: "LOG_LEVEL", flag: "log-level", schema: z.enum(["fatal", "error", "warn", "info", "debug", "silent"]).default("warn") },
} as const;

export type Config = { [K in keyof typeof settings]: z.output<(typeof settings)[K]["schema"]> };

/** Flags win over the environment. Throws OperatorError naming the setting that is wrong. */
export function parseConfig(flags: Record<string, string | undefined>, env: Record<string, string | undefined>): Config {
  const parsed: Record<string, unknown> = {};
  for (const [name, { env: variable, flag, schema }] of Object.entries(settings)) {
    const text = flags[flag] ?? (env[variable] === "" ? undefined : env[variable]);
    const result = (schema as z.ZodType).safeParse(text);
    if (!result.success) {
      throw new OperatorError(`${flags[flag] === undefined ? variable : `--${flag}`}=${text ?? ""}: ${result.error.issues[0]?.message ?? "is not valid"}`);
    }
    parsed[name] = result.data;
  }
  return parsed as Config;
}
