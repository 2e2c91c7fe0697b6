import { expect, test } from "vitest";
import type { Site } from "./process.ts";
import { type Answered, expectStoredOnce, freshSite, newMessageId, nothingSent, openFile, post, type Sent, serveFor } from "./visits.ts";

const pagesOf = (site: Site) => Number(openFile(site).pragma("page_count", { simple: true }));

async function sendUntilFull(url: string, key: string, sent: Sent): Promise<{ messageId: string; answer: Answered }> {
  for (let i = 0; i < 20_000; i++) {
    const messageId = newMessageId();
    sent.tried.add(messageId);
    const answer = await post(url, key, messageId, { notes: "x".repeat(2000) });
    if (answer.status !== 201 || !answer.data) return { messageId, answer };
    sent.acknowledged.set(messageId, answer.data.signalId);
  }
  throw new Error("the store never filled up");
}

test("a full disk answers 503 with Retry-After, keeps reads and health up, and ingest resumes when there is room", async () => {
  const site = await freshSite();
  const sent = nothingSent();
  const full = await serveFor(site, "--max-pages", String(pagesOf(site) + 60));
  const get = (url: string, path: string) => fetch(url + path, { headers: { "x-api-key": site.secret } });

  const { messageId, answer } = await sendUntilFull(full.url, site.publishable, sent);
  expect(answer).toMatchObject({ status: 503, code: "STORE_UNAVAILABLE" });
  expect(Number(answer.retryAfter)).toBeGreaterThanOrEqual(1);
  expect(sent.acknowledged.size).toBeGreaterThan(10);
  expect((await get(full.url, "/v1/health")).status).toBe(200);
  const list = (await (await get(full.url, "/v1/signals?limit=5")).json()) as { data: { signals: { id: string }[] } };
  expect(list.data.signals.map((signal) => signal.id)).toEqual([...sent.acknowledged.values()].toReversed().slice(0, 5));
  await full.kill("SIGKILL");
  // What was refused does not appear later, not even after the write-ahead log was replayed.
  sent.tried.delete(messageId);
  expectStoredOnce(site, sent);

  const roomy = await serveFor(site, "--max-pages", String(pagesOf(site) + 600));
  const again = await post(roomy.url, site.publishable, messageId);
  expect([again.status, again.data?.duplicate]).toEqual([201, undefined]);
  expect((await get(roomy.url, "/v1/health/ready")).status).toBe(200);
});

test("ingest resumes by itself, without a restart, when space returns", async () => {
  const site = await freshSite();
  const server = await serveFor(site, "--max-pages", String(pagesOf(site) + 60));
  const { messageId, answer } = await sendUntilFull(server.url, site.publishable, nothingSent());
  expect(answer.status).toBe(503);

  // Freed pages are room, as freed disk space is.
  expect(openFile(site).prepare("DELETE FROM signals").run().changes).toBeGreaterThan(10);
  const again = await post(server.url, site.publishable, messageId);
  expect([again.status, again.data?.duplicate]).toEqual([201, undefined]);
});
