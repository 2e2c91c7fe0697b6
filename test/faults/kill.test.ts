import { expect, test } from "vitest";
import { eachOf, expectStoredOnce, freshSite, loadUntilGone, nothingSent, post, type Sent, serveFor } from "./visits.ts";

const rounds = 20;

test(`kill -9 under load, ${rounds} rounds: no acknowledged signal is lost, none is stored twice`, async () => {
  const site = await freshSite();
  const sent = nothingSent();
  let checked = 0;
  for (let round = 0; round < rounds; round++) {
    const server = await serveFor(site);
    checked += await sendAgain(server.url, site.publishable, sent);
    const enough = sent.acknowledged.size + 30 + Math.floor(Math.random() * 300);
    const load = loadUntilGone(server.url, site.publishable, sent, 24);
    await expect.poll(() => sent.acknowledged.size, { timeout: 30_000, interval: 5 }).toBeGreaterThan(enough);
    expect(await server.kill("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
    await load;
  }
  const server = await serveFor(site);
  checked += await sendAgain(server.url, site.publishable, sent);
  expect(await server.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  expect(checked).toBeGreaterThan(rounds * 30);
  expect(sent.acknowledged.size).toBe(sent.tried.size);
  expectStoredOnce(site, sent);
});

/** Sends again what was never answered, and some of what was: those are known, under the same id. Answers how many were known. */
async function sendAgain(url: string, key: string, sent: Sent): Promise<number> {
  const acknowledged = [...sent.acknowledged].slice(-200);
  const open = [...sent.tried].filter((messageId) => !sent.acknowledged.has(messageId));
  await eachOf(acknowledged, async ([messageId, signalId]) => {
    expect(await post(url, key, messageId)).toMatchObject({ status: 201, data: { signalId, duplicate: true } });
  });
  await eachOf(open, async (messageId) => {
    const { status, data } = await post(url, key, messageId);
    expect(status).toBe(201);
    if (data) sent.acknowledged.set(messageId, data.signalId);
  });
  return acknowledged.length;
}
