import { setTimeout as delay } from "node:timers/promises";
import Database from "better-sqlite3";
import { Webhook } from "standardwebhooks";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startReceiver } from "../support/receiver.ts";
import { owlbound, type Site } from "./process.ts";
import { freshSite, serveFor } from "./visits.ts";

const rounds = 4;
/** A delivery that a dead process had claimed is due again after 45 s. */
const settledWithin = { timeout: 120_000, interval: 200 };

const managerOf = async (site: Site) => (await owlbound<{ key: string }>(site.dataDir, "key", "create", "--workspace", site.workspaceId, "--type", "secret", "--scopes", "contacts:read,contacts:write,signals:read,webhooks:manage")).key;

const asker = (key: string) => async (url: string, method: string, path: string, body?: unknown) => {
  const response = await fetch(`${url}/v1${path}`, { method, headers: { "x-api-key": key, "content-type": "application/json" }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return { status: response.status, body: (await response.json()) as ReturnType<typeof JSON.parse> };
};

test(`kill -9 while events go out, ${rounds} rounds: every change arrives, verified, under one webhook-id however often it is sent`, async () => {
  const site = await freshSite();
  const call = asker(await managerOf(site));
  // Slow and unwell: deliveries are always on their way when the process dies.
  const receiver = await startReceiver((response, _request, nth) => void setTimeout(() => response.writeHead(nth % 5 === 0 ? 500 : 200).end(), 30));
  onTestFinished(() => receiver.close());
  let secret = "";
  let n = 0;
  const made = new Set<string>();
  const tried: string[] = [];
  const add = async (url: string): Promise<boolean> => {
    const email = `p${n++}@acme.example`;
    tried.push(email);
    const answer = await call(url, "POST", "/contacts", { email }).catch(() => undefined);
    if (answer?.status === 201) made.add(answer.body.data.contactId as string);
    return answer !== undefined;
  };
  for (let round = 0; round < rounds; round++) {
    const server = await serveFor(site, "--allow-outbound", "127.0.0.1");
    if (round === 0) secret = (await call(server.url, "POST", "/webhooks", { url: receiver.url, events: ["contact.created"] })).body.data.secret;
    const enough = made.size + 15 + Math.floor(Math.random() * 15);
    const load = Promise.all([0, 1, 2].map(async () => {
      while (await add(server.url));
    }));
    await expect.poll(() => made.size, { timeout: 30_000, interval: 5 }).toBeGreaterThan(enough);
    await server.kill("SIGKILL");
    await load;
  }
  const server = await serveFor(site, "--allow-outbound", "127.0.0.1");
  const arrived = () => new Set(receiver.received.map(({ body }) => JSON.parse(body).data.contactId as string));
  await expect.poll(() => [...made].filter((id) => !arrived().has(id)), settledWithin).toEqual([]);
  await expect.poll(async () => (await call(server.url, "GET", "/webhook-deliveries?status=queued&limit=1")).body.data.deliveries, settledWithin).toEqual([]);

  const idsOf = new Map<string, Set<string>>();
  for (const { headers, body } of receiver.received) {
    new Webhook(secret).verify(body, headers);
    const { contactId } = (JSON.parse(body) as { data: { contactId: string } }).data;
    idsOf.set(contactId, (idsOf.get(contactId) ?? new Set()).add(headers["webhook-id"] ?? ""));
  }
  expect(Math.max(...[...idsOf.values()].map((ids) => ids.size))).toBe(1);
  expect(receiver.received.length).toBeGreaterThan(idsOf.size);
  await server.kill("SIGTERM");
  // Nothing is told of that is not there, and nothing is there that was not told of.
  const db = new Database(join(site.dataDir, "owlbound.db"), { readonly: true });
  const stored = db.prepare<[], string>("SELECT id FROM contacts").pluck().all();
  const deliveries = db.prepare<[], number>("SELECT count(*) FROM webhook_deliveries").pluck().get();
  db.close();
  expect([...idsOf.keys()].toSorted()).toEqual(stored.toSorted());
  expect(deliveries).toBe(stored.length);
  expect(stored.length).toBeLessThanOrEqual(tried.length);
});

test(`kill -9 while hooks come in, ${rounds} rounds: what was answered 200 becomes one contact and one signal each`, async () => {
  const site = await freshSite();
  const call = asker(await managerOf(site));
  const acknowledged = new Set<number>();
  let path = "";
  let n = 0;
  for (let round = 0; round < rounds; round++) {
    const server = await serveFor(site);
    if (round === 0) path = new URL((await call(server.url, "POST", "/inbound-hooks", { name: "Feed", preset: "visitor_identification" })).body.data.url).pathname;
    const send = async (): Promise<boolean> => {
      const mine = n++;
      const rows = [0, 1].map((i) => ({ "First Name": "Ada", "Business Email": `p${mine}-${i}@acme.example`, "Page URL": `https://www.example.com/${mine}/${i}` }));
      const response = await fetch(server.url + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(rows) }).then((answer) => answer.json().then(() => answer), () => undefined).catch(() => undefined);
      if (response?.status === 200) acknowledged.add(mine);
      return response !== undefined;
    };
    const enough = acknowledged.size + 20 + Math.floor(Math.random() * 20);
    const load = Promise.all([0, 1, 2].map(async () => {
      while (await send());
    }));
    await expect.poll(() => acknowledged.size, { timeout: 30_000, interval: 5 }).toBeGreaterThan(enough);
    await server.kill("SIGKILL");
    await load;
  }
  const server = await serveFor(site);
  await expect.poll(async () => (await call(server.url, "GET", "/inbound-payloads?status=queued&limit=1")).body.data.payloads, settledWithin).toEqual([]);
  await delay(50);
  await server.kill("SIGTERM");
  const db = new Database(join(site.dataDir, "owlbound.db"), { readonly: true });
  const emails = db.prepare<[], string>("SELECT email FROM contacts").pluck().all();
  const pages = db.prepare<[], string>("SELECT page_path FROM signals").pluck().all();
  const told = db.prepare<[], string>("SELECT json_extract(payload, '$.signalId') FROM events WHERE kind = 'inbound.received'").pluck().all();
  db.close();
  for (const mine of acknowledged) for (const i of [0, 1]) expect([mine, emails.includes(`p${mine}-${i}@acme.example`), pages.includes(`/${mine}/${i}`)]).toEqual([mine, true, true]);
  expect(new Set(pages).size).toBe(pages.length);
  expect(new Set(told).size).toBe(told.length);
  expect(told.length).toBe(pages.length);
});
