import { expect, test } from "vitest";
import { freshSite, openFile, serveFor } from "./visits.ts";
import type { ServerProcess, Site } from "./process.ts";

const people = 3000;
const killsInCommit = 3;

interface Seen {
  status: string;
  progress: { done: number; total: number | null };
  result: { created: number; skipped: number; changed: number } | null;
}

async function ask<T = Seen>(server: ServerProcess, site: Site, method: string, path: string, body?: string): Promise<T> {
  const response = await fetch(server.url + path, { method, headers: { "x-api-key": site.secret, ...(body === undefined ? {} : { "content-type": "text/csv" }) }, ...(body === undefined ? {} : { body }) });
  const answer = (await response.json()) as { data: T };
  expect([method, path, response.status < 300 ? "ok" : answer]).toEqual([method, path, "ok"]);
  return answer.data;
}

/** The server dies, the minute passes after which its work is another's, and the next one starts. */
async function killed(server: ServerProcess, site: Site): Promise<ServerProcess> {
  expect(await server.kill("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
  const db = openFile(site);
  db.prepare("UPDATE jobs SET lease_until = 1 WHERE kind = 'import' AND state = 'leased'").run();
  db.close();
  return serveFor(site);
}

function jobsOf(site: Site): number | undefined {
  const db = openFile(site);
  const count = db.prepare<[], number>("SELECT count(*) FROM jobs WHERE kind = 'import'").pluck().get();
  db.close();
  return count;
}

test("an import whose server is killed while it previews, and again and again while it commits, ends with each contact once", async () => {
  const site = await freshSite();
  // One in eight has nothing by which a second of them would be known.
  const rows = Array.from({ length: people }, (_, i) => (i % 8 === 0 ? `Person ${i},` : `Person ${i},p${i}@acme.test`));
  let server = await serveFor(site);
  const { id } = await ask<{ id: string }>(server, site, "POST", "/v1/imports?on_duplicate=skip", `name,email\n${rows.join("\n")}\n`);
  const now = () => ask(server, site, "GET", `/v1/imports/${id}?limit=1`);
  const become = async (done: (seen: Seen) => boolean) => {
    await expect.poll(async () => done(await now()), { timeout: 120_000, interval: 1 }).toBe(true);
  };

  await become(({ status }) => status !== "reading");
  server = await killed(server, site);
  await become(({ status }) => status === "ready");
  expect(await now()).toMatchObject({ progress: { done: people, total: people }, preview: { create: people } });

  await ask(server, site, "POST", `/v1/imports/${id}/commit`);
  const died: number[] = [];
  for (let kill = 0; kill < killsInCommit; kill++) {
    const { progress } = await now();
    const enough = progress.done + 1 + Math.floor((Math.random() * (people - progress.done)) / (2 * (killsInCommit - kill)));
    await become(({ progress: { done } }) => done >= enough);
    server = await killed(server, site);
    const db = openFile(site);
    const stopped = db.prepare<[], { status: string; done: number; contacts: number }>("SELECT status, created AS done, (SELECT count(*) FROM contacts) AS contacts FROM imports").get();
    db.close();
    if (stopped?.status === "committing") died.push(stopped.done);
  }
  await become(({ status }) => status === "committed");
  expect((await now()).result).toMatchObject({ created: people, skipped: 0, changed: 0 });
  // Committed comes before tidy: keys and pieces go some at a time, and what a server that is stopped leaves of them is the next one's.
  expect(await server.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  server = await serveFor(site);
  await expect.poll(() => jobsOf(site), { timeout: 90_000, interval: 20 }).toBe(0);
  expect(await server.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  // It was in the middle at least once, else nothing was tried.
  expect(died.some((done) => done > 0 && done < people)).toBe(true);

  const db = openFile(site);
  const number = (sql: string) => db.prepare<[], number>(sql).pluck().get();
  expect(number("SELECT count(*) FROM contacts")).toBe(people);
  expect(number("SELECT count(DISTINCT last_name) FROM contacts")).toBe(people);
  expect(number("SELECT count(*) FROM contacts WHERE email IS NULL")).toBe(people / 8);
  expect(number("SELECT count(*) FROM events WHERE kind = 'contact.created'")).toBe(people);
  expect(number("SELECT count(DISTINCT contact_id) FROM import_rows WHERE result = 'created'")).toBe(people);
  expect(number("SELECT count(*) FROM import_pieces")).toBe(0);
  expect(number("SELECT count(*) FROM jobs WHERE kind = 'import'")).toBe(0);
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
});
