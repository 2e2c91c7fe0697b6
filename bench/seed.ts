/**
 * Fills a store as weeks of visits would have: through the collector's own row building and the store's own append, so
 * every index, dedupe key, visitor, session, roll-up and ledger row is there.
 * `node bench/seed.ts --data DIR --key gtm_pk_… --count N --visitors FILE`; writes ids of known visitors to FILE.
 */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createKeyRing } from "../api/keys/index.ts";
import { buildSignal } from "../collector/build-signal.ts";
import { systemClock } from "../core/clock.ts";
import { openSqliteStore } from "../store/sqlite/index.ts";
import { newTagId, pick, visits } from "./tag-body.ts";

/** All dedupe keys are alive: they are kept for 7 days at least. */
const spanMs = 6.5 * 86_400_000;
const commitSize = 200;
const activeVisitors = 400;
const visitorsKept = 50_000;
const agents = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
];

const { values } = parseArgs({ options: { data: { type: "string" }, key: { type: "string" }, count: { type: "string" }, visitors: { type: "string" } } });
if (!values.data || !values.key || !values.count || !values.visitors) throw new Error("--data, --key, --count and --visitors are needed");
const count = Number(values.count);

const store = await openSqliteStore({ file: join(values.data, "owlbound.db"), now: Date.now });
// The file is new and thrown away: only the real server has to be durable.
store.pragma("synchronous = OFF");
store.pragma("wal_autocheckpoint = 50000");
store.pragma("cache_size = -1048576");
store.onStored((group) => void store.markRouted(group.batches));
const key = await createKeyRing(store, systemClock)(values.key);
const salt = randomBytes(32);

const end = Date.now() - 60_000;
const known: string[] = [];
const active = Array.from({ length: activeVisitors }, () => newTagId(Math.round(end - spanMs)));
for (let stored = 0; stored < count; stored += commitSize) {
  const at = Math.round(end - spanMs + (spanMs * stored) / count);
  const group = Array.from({ length: Math.min(commitSize, count - stored) }, () => {
    const messageId = newTagId(at - Math.floor(Math.random() * 2000));
    const visit = { key, receivedAt: at, userAgent: pick(agents), address: "203.0.113.7", gpc: false, country: null, salt };
    return store.append(buildSignal({ ...pick(visits), visitorId: visitorAt(at), messageId, occurredAt: at - 30, sentAt: at - 10 }, visit));
  });
  await Promise.all(group);
}
await store.close();
writeFileSync(values.visitors, `${known.join("\n")}\n`);

/** Four pages a visit on average; three of ten visitors have been here before. */
function visitorAt(at: number): string {
  const slot = Math.floor(Math.random() * active.length);
  if (Math.random() < 0.25) {
    const id = known.length > 100 && Math.random() < 0.3 ? pick(known) : newTagId(at);
    active[slot] = id;
    if (known.length < visitorsKept) known.push(id);
    else known[Math.floor(Math.random() * visitorsKept)] = id;
  }
  return active[slot] ?? newTagId(at);
}
