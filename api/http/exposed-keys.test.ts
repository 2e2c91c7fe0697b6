import { expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { startApi, visit } from "../../test/support/api.ts";

const hourMs = 3_600_000;
const origin = "https://www.example.com";

async function start() {
  const clock = fixedClock(1_795_000_000_000);
  const api = await startApi({ clock });
  const audit = async () => {
    const rows = await api.store.read.selectFrom("audit").select(["action", "detail"]).orderBy("id").execute();
    return rows.filter((row) => row.action === "key.exposed").map((row) => JSON.parse(row.detail) as { place: string });
  };
  return { clock, api, audit };
}

test("a secret key that a browser sends leaves one audit entry an hour, that does not hold the key; a server's leaves none", async () => {
  const { clock, api, audit } = await start();
  await api.call("POST", "/v1/signals", { body: visit() });
  await api.call("GET", "/v1/signals");
  expect((await api.call("POST", "/v1/signals", { body: visit(), headers: { origin } })).status).toBe(201);
  await api.call("POST", "/v1/signals", { body: visit(), headers: { origin } });
  await expect.poll(audit).toEqual([{ keyId: api.secret.id, last4: api.secret.key.slice(-4), place: "browser", origin }]);
  clock.advance(hourMs);
  await api.call("GET", "/v1/signals", { headers: { origin } });
  await expect.poll(async () => (await audit()).length).toBe(2);
  expect(JSON.stringify(await audit())).not.toContain(api.secret.key.slice(7, 30));
});

test("a secret key in a URL or body is not read, and leaves an audit entry", async () => {
  const { api, audit } = await start();
  expect((await api.call("POST", `/v1/signals?key=${api.secret.key}`, { key: null, body: visit() })).body.error.code).toBe("MISSING_API_KEY");
  expect((await api.call("POST", "/v1/signals", { key: null, body: visit({ key: api.secret.key }) })).body.error.code).toBe("MISSING_API_KEY");
  await expect.poll(async () => (await audit()).map((entry) => entry.place).toSorted()).toEqual(["body", "url"]);
});
