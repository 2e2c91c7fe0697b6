import { expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { allScopes } from "../../core/endpoint.ts";
import { startApi, visit } from "../../test/support/api.ts";
import { addContact } from "../../test/support/contacts.ts";
import { figuresOf } from "./backtest.ts";

const base = 1_950_000_000_000;
const byTitle = (points: number) => [{ category: "role", max: 60, criteria: [{ field: "contact.title", op: "contains", value: "VP", points }] }, { category: "visits", max: 40, criteria: [{ activity: "website_visit", halfLifeDays: 7, points: 40 }] }];

async function start() {
  const api = await startApi({ clock: fixedClock(base) });
  const { key } = await api.newKey({ scopes: [...allScopes] });
  const call: typeof api.call = (method, path, init = {}) => api.call(method, path, { key, ...init });
  const id = (await call("POST", "/v1/icp-profiles", { body: { name: "P", groups: byTitle(60) } })).body.data.id as string;
  return { ...api, call, id };
}

test("a backtest scores stored outcomes by the draft or a version, and leaves no trace", async () => {
  const api = await start();
  const add = (email: string, status: string, title: string) => addContact(api.store, base, api.workspace.id, `${email}@acme.test`, { status, title });
  const won = [await add("a", "converted", "VP"), await add("b", "replied", "VP"), await add("c", "replied", "Intern")];
  for (const email of ["d", "e", "f"]) await add(email, "lost", "Intern");
  await add("g", "lost", "VP");
  await add("h", "new", "VP");
  await addContact(api.store, base, api.workspace.id, "i@acme.test", { status: "converted", title: "VP", archived: true });
  await api.call("POST", "/v1/signals", { body: visit({ contactId: won[0] }) });

  const answer = await api.call("POST", `/v1/icp-profiles/${api.id}/backtest`);
  // Scores: won 100, 60, 0; lost 0, 0, 0, 60.
  expect(answer.body.data).toMatchObject({ icpProfileId: api.id, version: 1, looked: { converted: 1, replied: 2, lost: 4 }, truncated: false, baseRate: 0.4286, averageScore: { won: 53.3333, lost: 15 } });
  expect(answer.body.data.distribution.filter((d: { won: number; lost: number }) => d.won + d.lost > 0)).toEqual([{ from: 0, to: 9, won: 1, lost: 3 }, { from: 60, to: 69, won: 1, lost: 1 }, { from: 90, to: 100, won: 1, lost: 0 }]);
  const at = (score: number) => answer.body.data.thresholds.find((t: { score: number }) => t.score === score);
  expect(at(60)).toEqual({ score: 60, selected: 3, won: 2, precision: 0.6667, recall: 0.6667, lift: 1.5555 });
  expect(at(70)).toMatchObject({ selected: 1, won: 1, precision: 1, recall: 0.3333 });
  expect((await api.call("GET", `/v1/contacts/${won[0]}`)).body.data).toMatchObject({ score: null, scores: [] });
  expect(await api.store.read.selectFrom("contact_scores").selectAll().execute()).toEqual([]);

  await api.call("PATCH", `/v1/icp-profiles/${api.id}`, { body: { groups: byTitle(10) } });
  expect((await api.call("POST", `/v1/icp-profiles/${api.id}/backtest`)).body.data).toMatchObject({ version: 2, averageScore: { won: 20 } });
  expect((await api.call("POST", `/v1/icp-profiles/${api.id}/backtest`, { body: { version: 1 } })).body.data).toMatchObject({ version: 1, averageScore: { won: 53.3333 } });
  expect((await api.call("POST", `/v1/icp-profiles/${api.id}/backtest`, { body: { version: 9 } })).status).toBe(404);
  expect((await api.call("POST", `/v1/icp-profiles/${api.id}/backtest`, { body: { days: 1 } })).status).toBe(400);
});

test("without outcomes it says that nothing is known, instead of a figure", async () => {
  const api = await start();
  const { data } = (await api.call("POST", `/v1/icp-profiles/${api.id}/backtest`)).body;
  expect(data).toMatchObject({ looked: { converted: 0, replied: 0, lost: 0 }, baseRate: null, averageScore: { won: null, lost: null } });
  expect(data.thresholds.map((t: object) => Object.values(t).slice(1))).toEqual(Array(9).fill([0, 0, null, null, null]));
});

test("lift is left out where nobody won", () => {
  expect(figuresOf([{ score: 50, won: false }]).thresholds[0]).toEqual({ score: 10, selected: 1, won: 0, precision: 0, recall: null, lift: null });
});
