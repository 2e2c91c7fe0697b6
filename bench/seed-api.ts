/**
 * Fills a store as 13 months of a market's contacts and visits would have, while no server runs: rows, words and signals are made by the
 * code that serves them, so every index, dedupe key, visitor, session, roll-up and ledger row is there.
 * `node bench/seed-api.ts --data DIR --secret gtm_sk_… --publishable gtm_pk_… --contacts N --signals N`
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import Database from "better-sqlite3";
import { matchKeys } from "../api/contacts/match-keys.ts";
import { searchWords } from "../api/contacts/words.ts";
import { createKeyRing } from "../api/keys/index.ts";
import { saveMark } from "../api/scoring/queries.ts";
import { buildSignal } from "../collector/build-signal.ts";
import { systemClock } from "../core/clock.ts";
import { idFloor } from "../core/id.ts";
import { priorities, signalTypes } from "../core/signal-words.ts";
import { openSqliteStore } from "../store/sqlite/index.ts";
import { companiesOf, contactOf, randomOf, skewed, weighted } from "./people.ts";
import { chrome, newTagId, pick, visits } from "./tag-body.ts";

const dayMs = 86_400_000;
const spanMs = 390 * dayMs;
/** Dedupe keys of older signals have been forgotten. */
const dedupeMs = 7 * dayMs;
const commitSize = 200;
const contactsPerCommit = 2000;

const { values } = parseArgs({ options: { data: { type: "string" }, secret: { type: "string" }, publishable: { type: "string" }, contacts: { type: "string" }, signals: { type: "string" } } });
if (!values.data || !values.secret || !values.publishable || !values.contacts || !values.signals) throw new Error("--data, --secret, --publishable, --contacts and --signals are needed");
const contactCount = Number(values.contacts);
const signalCount = Number(values.signals);
const file = join(values.data, "owlbound.db");
const random = randomOf(contactCount);
const end = Date.now() - 60_000;
const begin = end - spanMs;

const store = await openSqliteStore({ file, now: Date.now });
const keys = createKeyRing(store, systemClock);
const [secret, publishable] = [await keys(values.secret), await keys(values.publishable)];
const workspaceId = secret.workspace.id;
// The reads of this turn end with it: over them the log could not be folded in, and each page would be looked for in all of it.
await setImmediate();
const contactIds = seedContacts();
await seedSignals();
// As background jobs leave it: the index of words in few pieces, activity scores up to the last signal.
for (let minute = 0; minute < 15; minute++) await store.mergeWords();
await store.write((tx) => saveMark(tx, workspaceId, idFloor(Date.now())));
await store.close();

/** As an import writes them, some thousand a commit. */
function seedContacts(): string[] {
  const db = new Database(file);
  db.pragma("synchronous = OFF");
  db.pragma("wal_autocheckpoint = 50000");
  db.pragma("cache_size = -1048576");
  const companies = companiesOf(random, workspaceId, Math.max(20, Math.round(contactCount / 25)), begin - dayMs);
  const insert = (table: string, row: object) => {
    const names = Object.keys(row);
    return db.prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`);
  };
  db.transaction(() => {
    const add = insert("companies", companies[0] ?? {});
    for (const company of companies) add.run(...Object.values(company));
  })();
  const ids: string[] = [];
  const addWords = db.prepare("INSERT INTO contact_words (workspace_id, contact_id, words, pieces) VALUES (?, ?, ?, ?)");
  const addKey = db.prepare("INSERT INTO contact_keys (workspace_id, key, contact_id) VALUES (?, ?, ?)");
  let add: Database.Statement | undefined;
  const group = db.transaction((from: number) => {
    for (let i = from; i < Math.min(contactCount, from + contactsPerCommit); i++) {
      const row = contactOf(random, workspaceId, companies, i, Math.round(begin + (spanMs * i) / contactCount));
      add ??= insert("contacts", row);
      add.run(...Object.values(row));
      const { words, pieces } = searchWords(row);
      addWords.run(workspaceId, row.id, words, pieces);
      for (const key of matchKeys(row)) addKey.run(workspaceId, key, row.id);
      ids.push(row.id);
    }
  });
  for (let from = 0; from < contactCount; from += contactsPerCommit) group(from);
  db.exec("INSERT INTO match_keys (workspace_id, key, contacts) SELECT workspace_id, key, count(*) FROM contact_keys GROUP BY workspace_id, key");
  db.close();
  return ids;
}

/** Visits by the tag, known people's among them, and what other systems report of contacts; people act on few of them. */
async function seedSignals(): Promise<void> {
  // The file is new and thrown away: only the real server has to be durable.
  store.pragma("synchronous = OFF");
  store.pragma("wal_autocheckpoint = 50000");
  store.pragma("cache_size = -1048576");
  store.onStored((group) => void store.markRouted(group.batches));
  const salt = randomBytes(32);
  const known: string[] = [];
  const active = Array.from({ length: 400 }, () => newTagId(Math.round(begin)));
  const bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
  const visitorAt = (at: number): string => {
    const slot = Math.floor(random() * active.length);
    if (random() < 0.25) {
      const id = known.length > 100 && random() < 0.3 ? pick(known) : newTagId(at);
      active[slot] = id;
      if (known.length < 50_000) known.push(id);
      else known[Math.floor(random() * known.length)] = id;
    }
    return active[slot] ?? "";
  };
  const typeShares = signalTypes.filter((type) => type !== "website_visit").map((type, i): [(typeof signalTypes)[number], number] => [type, 0.5 ** (i + 1)]);

  for (let stored = 0; stored < signalCount; stored += commitSize) {
    const group = Array.from({ length: Math.min(commitSize, signalCount - stored) }, (_, n) => {
      const at = Math.round(begin + (spanMs * (stored + n)) / signalCount);
      const visit = { receivedAt: at, address: "203.0.113.7", gpc: false, country: "DE", salt };
      const messageId = at > end - dedupeMs ? newTagId(at) : undefined;
      if (random() < 0.2) {
        const input = { type: weighted(random, typeShares), data: { company: { name: "Acme Corp", domain: "acme.com" }, note: "seen by another system" }, source: "crm", priority: skewed(random, [...priorities].toReversed()), contactId: skewed(random, contactIds) };
        return store.append(buildSignal({ ...input, messageId }, { ...visit, key: secret, userAgent: "crm/1.0" }));
      }
      const userAgent = random() < 0.03 ? bot : chrome;
      const signal = buildSignal({ ...pick(visits), visitorId: visitorAt(at), messageId, occurredAt: at - 30, sentAt: at - 10, priority: random() < 0.05 ? "high" : "medium" }, { ...visit, key: publishable, userAgent });
      if (random() < 0.1) signal.row.contact_id = pick(contactIds);
      return store.append(signal);
    });
    await Promise.all(group);
  }
  await store.write(async (tx) => {
    const every = await tx.selectFrom("signals").select("id").where("workspace_id", "=", workspaceId).where("priority", "=", "high").execute();
    for (const { id } of every) if (random() < 0.1) await tx.updateTable("signals").set({ actioned_at: end }).where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
  });
}
