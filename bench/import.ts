import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { systemClock } from "../core/clock.ts";
import { migrateSqlite, openWriter } from "../store/sqlite/open.ts";
import { newSite, serve, type ServerProcess, type Site } from "../test/faults/process.ts";
import { memoryFigure, quantileOf } from "./ingest.ts";
import type { Figure } from "./report.ts";
import { headers, newTagId, tagBody } from "./tag-body.ts";

const bareChunk = 100;
const signalEveryMs = 25;

interface Seen {
  status: string;
  result: { created: number; updated: number } | null;
}

/** A file of so many people imported, committed and exported again, while signals come in; and a bare loop that inserts the same rows. */
export async function measureImport(folder: string, rows: number, say: (text: string) => void): Promise<Figure[]> {
  const site = await newSite(folder);
  let server = await serve(folder);
  try {
    const ask = async <T = Seen>(method: string, path: string, body?: string): Promise<T> => {
      const response = await fetch(server.url + path, { method, headers: { "x-api-key": site.secret, "content-type": "text/csv" }, ...(body === undefined ? {} : { body }) });
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
      return ((await response.json()) as { data: T }).data;
    };
    const until = async (id: string, status: string): Promise<Seen> => {
      for (;;) {
        const seen = await ask("GET", `/v1/imports/${id}?limit=1`);
        if (seen.status === status) return seen;
        if (seen.status === "failed") throw new Error(JSON.stringify(seen));
        await sleep(50);
      }
    };
    const timed = async <T>(what: string, work: () => Promise<T>): Promise<{ value: T; seconds: number }> => {
      const began = performance.now();
      const value = await work();
      const seconds = (performance.now() - began) / 1000;
      say(`${what}: ${seconds.toFixed(1)} s`);
      return { value, seconds };
    };
    const csv = fileOf(rows);
    const idle = memoryFigure("memory before the import", server, "VmRSS");
    const quiet = await signalsDuring(server, site, () => sleep(3000));
    let previewed = { seconds: 0 };
    let committed = { seconds: 0 };
    const busy = await signalsDuring(server, site, async () => {
      previewed = await timed(`${rows} rows (${Math.round(csv.length / 2 ** 20)} MB) sent, read and previewed`, async () => {
        const { id } = await ask<{ id: string }>("POST", "/v1/imports", csv);
        await until(id, "ready");
        return id;
      });
      const { id } = (await ask<{ imports: { id: string }[] }>("GET", "/v1/imports")).imports[0] ?? { id: "" };
      committed = await timed("committed", async () => {
        await ask("POST", `/v1/imports/${id}/commit`);
        const { result } = await until(id, "committed");
        if (result?.created !== rows) throw new Error(`of ${rows} rows ${JSON.stringify(result)} were written`);
      });
    });
    const memory = memoryFigure("memory, highest while importing", server, "VmHWM");
    await server.kill("SIGTERM");
    const bare = bareLoop(folder, rows);
    server = await serve(folder);
    const exported = await timed("exported", () => bytesOf(server, site));
    const perSecond = rows / committed.seconds;
    return [
      { name: `import of ${rows.toLocaleString("en")} rows: sent, read, previewed`, value: rows / previewed.seconds, unit: "rows/s", detail: { seconds: previewed.seconds } },
      { name: "  committed", value: perSecond, unit: "rows/s", detail: { seconds: committed.seconds } },
      { name: "  committed ÷ a bare loop that inserts the same rows", value: perSecond / bare, unit: "", detail: { barePerSecond: Math.round(bare) } },
      { name: "  p99 of a signal meanwhile", value: quantileOf(busy, 0.99), unit: "ms", detail: { signals: busy.length, p50Ms: quantileOf(busy, 0.5), quietP99Ms: quantileOf(quiet, 0.99) } },
      ...idle,
      ...memory,
      { name: `export of ${rows.toLocaleString("en")} contacts`, value: rows / exported.seconds, unit: "rows/s", detail: { seconds: exported.seconds, bytes: exported.value } },
      ...memoryFigure("memory, highest while exporting", server, "VmHWM"),
    ];
  } finally {
    await server.kill("SIGTERM");
  }
}

function fileOf(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const name = (i * 7919).toString(36);
    return `Ann${name},Van Der ${name},ann.${name}.${i}@company${i % 20_000}.example,+49 30 ${i},https://www.linkedin.com/in/ann-${name}-${i},"Company ${i % 20_000}, Inc.",VP of ${name},Berlin,"vip,row-${i % 100}",plan${i % 3}`;
  });
  return `First Name,Last Name,E-mail,Phone,LinkedIn,Company,Job Title,City,Tags,attributes.plan\n${lines.join("\n")}\n`;
}

/** Milliseconds of signals that come one after another, apart, while `work` runs. */
async function signalsDuring(server: ServerProcess, site: Site, work: () => Promise<unknown>): Promise<number[]> {
  const ms: number[] = [];
  let done = false;
  const finished = work().finally(() => (done = true));
  while (!done) {
    const began = performance.now();
    const { status } = await fetch(`${server.url}/v1/signals`, { method: "POST", headers, body: tagBody(site.publishable, newTagId(Date.now())) });
    if (status !== 201) throw new Error(`a signal was answered ${status}`);
    ms.push(performance.now() - began);
    await sleep(signalEveryMs);
  }
  await finished;
  return ms;
}

/** Inserts the very rows that the import made (contacts, their words, what finds their duplicates, their events) into a new file of the same schema; rows a second. */
function bareLoop(folder: string, rows: number): number {
  const source = new Database(join(folder, "owlbound.db"), { readonly: true });
  mkdirSync(join(folder, "bare"));
  const target = openWriter(join(folder, "bare", "owlbound.db"));
  migrateSqlite(target, systemClock.now());
  const contacts = source.prepare<[], { id: string; workspace_id: string }>("SELECT * FROM contacts ORDER BY id").all();
  const insertOf = (table: string, row: object) => target.prepare(`INSERT INTO ${table} (${Object.keys(row).join()}) VALUES (${Object.keys(row).map((name) => `@${name}`).join()})`);
  const words = new Map<string, object[]>();
  for (const row of source.prepare<[], { contact_id: string }>("SELECT * FROM contact_words").all()) words.set(row.contact_id, [...(words.get(row.contact_id) ?? []), row]);
  const keys = new Map<string, string[]>();
  for (const { contact_id, key } of source.prepare<[], { contact_id: string; key: string }>("SELECT contact_id, key FROM contact_keys").all()) keys.set(contact_id, [...(keys.get(contact_id) ?? []), key]);
  const events = source.prepare<[], { payload: string }>("SELECT * FROM events WHERE kind = 'contact.created' ORDER BY id").all();
  const [oneContact, oneEvent, [oneWord] = []] = [contacts[0], events[0], [...words.values()][0]];
  if (contacts.length !== rows || !oneContact || !oneEvent || !oneWord) throw new Error("there is nothing to compare with");
  const [contact, event, word] = [insertOf("contacts", oneContact), insertOf("events", oneEvent), insertOf("contact_words", oneWord)];
  const contactKey = target.prepare("INSERT INTO contact_keys (workspace_id, key, contact_id) VALUES (@workspace_id, @key, @id)");
  const matchKey = target.prepare("INSERT INTO match_keys (workspace_id, key, contacts) VALUES (@workspace_id, @key, 1) ON CONFLICT (workspace_id, key) DO UPDATE SET contacts = contacts + 1");
  const began = performance.now();
  for (let at = 0; at < rows; at += bareChunk) {
    target.exec("BEGIN IMMEDIATE");
    for (let i = at; i < Math.min(rows, at + bareChunk); i++) {
      const row = contacts[i];
      if (!row) continue;
      contact.run(row);
      for (const one of words.get(row.id) ?? []) word.run(one);
      for (const key of keys.get(row.id) ?? []) {
        const one = { workspace_id: row.workspace_id, key, id: row.id };
        contactKey.run(one);
        matchKey.run({ workspace_id: row.workspace_id, key });
      }
      event.run(events[i]);
    }
    target.exec("COMMIT");
  }
  const perSecond = rows / ((performance.now() - began) / 1000);
  target.close();
  source.close();
  return perSecond;
}

async function bytesOf(server: ServerProcess, site: Site): Promise<number> {
  const response = await fetch(`${server.url}/v1/contacts/export`, { headers: { "x-api-key": site.secret } });
  let bytes = 0;
  for await (const chunk of response.body ?? []) bytes += (chunk as Uint8Array).length;
  return bytes;
}
