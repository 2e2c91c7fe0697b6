import { describe, expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { allScopes } from "../../core/endpoint.ts";
import { idOf } from "../../core/id.ts";
import { createLog } from "../../core/log.ts";
import { asReplay } from "../../test/support/answers.ts";
import { startApi, visit } from "../../test/support/api.ts";
import { createWorkspace } from "../keys/index.ts";
import { removeCreditCap, setCreditCap, sumDays } from "./index.ts";

type Api = Awaited<ReturnType<typeof startManaged>>;

/** 2026-11-20, in the middle of a UTC day. */
const start = Date.UTC(2026, 10, 20, 12);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

async function startManaged(options: Parameters<typeof startApi>[0] = {}) {
  const api = await startApi(options);
  const chief = await api.newKey({ name: "Chief", scopes: [...allScopes] });
  const ask = (method: string, path: string, body?: unknown, more: { key?: string; headers?: Record<string, string> } = {}) => api.call(method, `/v1${path}`, { key: chief.key, ...(body === undefined ? {} : { body }), ...more });
  const ledger = async () => {
    const entries: { keyId: string; capability: string; calls: number; credits: number }[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof ask>> = await ask("GET", `/usage/ledger?limit=40${cursor === null ? "" : `&cursor=${cursor}`}`);
      entries.push(...page.body.data.entries);
      cursor = page.body.data.nextCursor;
    } while (cursor !== null);
    return entries;
  };
  const cap = async (credits: number, period: "month" | "total" = "total") => {
    await setCreditCap(api.store, api.server.parts.clock.now(), api.workspace.id, { credits, period });
    api.server.parts.keys.forget();
  };
  return { ...api, chief, ask, ledger, cap };
}

let entries = 0;
/** An entry of another time: ids that this process makes never go back. */
const addEntry = (api: Api, at: number, more: object = {}) => {
  const row = { workspace_id: api.workspace.id, id: idOf(at, `entry ${entries++}`), at, key_id: "k1", capability: "api.contacts.enrich", calls: 1, credits: 5, ...more };
  return api.store.write(async (tx) => void (await tx.insertInto("usage_ledger").values(row).execute()));
};

const sumOf = (entries: readonly { credits: number }[]) => entries.reduce((sum, { credits }) => sum + credits, 0);
/** What is polled holds for good once it holds: the time only says when to give up. */
const patient = { timeout: 30_000 };
/** Reads are written down with the next commit. */
async function written(api: Api, used: number): Promise<void> {
  await expect.poll(async () => sumOf(await api.ledger()), patient).toBe(used);
}

/** Calls of all sorts: writes, reads, refusals, replays, dry runs, batches, by several keys. Answers how to make the n-th. */
async function makeCalls(api: Api) {
  const contact = (await api.ask("POST", "/contacts", { firstName: "Ada", email: "ada@analytical.example" })).body;
  const workflow = (await api.ask("POST", "/workflows", { name: "Tags", trigger: { on: "manual" }, steps: [{ do: "tag", add: ["hot"] }] })).body.data.id;
  await api.ask("POST", `/workflows/${workflow}/activate`);
  const id = contact.data.contactId;
  const other = { key: api.secret.key };
  let n = 0;
  const calls: (() => ReturnType<typeof api.ask>)[] = [
    () => api.ask("POST", "/contacts", { firstName: `Person ${n++}` }),
    () => api.ask("POST", "/contacts", { email: "ada@analytical.example" }),
    () => api.ask("POST", "/contacts?on_duplicate=return", { email: "ada@analytical.example" }, other),
    () => api.ask("POST", "/contacts", { firstName: "Same" }, { headers: { "idempotency-key": "same" } }),
    () => api.ask("POST", "/contacts?dry_run=true", { firstName: "Nobody" }),
    () => api.ask("POST", "/contacts", { nonsense: true }),
    () => api.ask("GET", "/contacts", undefined, other),
    () => api.ask("GET", `/contacts/${id}`),
    () => api.ask("GET", "/contacts/missing"),
    () => api.ask("PATCH", `/contacts/${id}`, { title: `Engineer ${n++}` }, other),
    () => api.ask("POST", "/contacts/search", { query: "ada" }),
    () => api.ask("POST", "/contacts/search", { query: "ada" }, { headers: { "idempotency-key": "search" } }),
    () => api.ask("POST", "/companies", { linkedInUrl: "https://www.linkedin.com/company/acme" }, other),
    () => api.ask("GET", "/companies"),
    () => api.ask("POST", "/signals", visit()),
    () => api.ask("POST", "/signals", visit(), { key: api.publishable.key }),
    () => api.ask("POST", "/signals", visit({ messageId: "the-same-message" }), { key: api.publishable.key }),
    () => api.ask("POST", "/signals?dry_run=true", visit(), { key: api.publishable.key }),
    () => api.ask("POST", "/signals", visit(), { headers: { "idempotency-key": "a-signal" } }),
    () => api.ask("POST", "/signals/batch", { signals: [visit(), visit({ messageId: `batch-message-${n % 2}` }), { type: "none" }] }),
    () => api.ask("GET", "/signals"),
    () => api.ask("GET", "/signals/stats", undefined, other),
    () => api.ask("POST", `/workflows/${workflow}/trigger`, { contactId: id }),
    () => api.ask("POST", `/workflows/${workflow}/trigger`, { contactId: "missing" }),
    () => api.ask("GET", "/key", undefined, other),
  ];
  return { calls, usedSoFar: contact.meta.credits.used as number };
}

const usedBy = ({ status, body }: Awaited<ReturnType<Api["ask"]>>): number => (status >= 300 ? 0 : body.meta.credits.used);

describe("the ledger", () => {
  test("sums up to what the answers said, for calls of every kind, in any order and at once", async () => {
    const api = await startManaged();
    const { calls, usedSoFar } = await makeCalls(api);
    let used = usedSoFar;
    for (let round = 0; round < 4; round++) {
      const shuffled = calls.map((call, i) => ({ call, order: (i * 7919 + round * 104_729) % 101 })).toSorted((a, b) => a.order - b.order);
      const answers = await Promise.all(shuffled.map(({ call }) => call()));
      used += answers.reduce((sum, answer) => sum + usedBy(answer), 0);
      expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    }
    await written(api, used);
    const { total, byCapability, byKey, series, cap } = (await api.ask("GET", "/usage")).body.data;
    expect(total.credits).toBe(used);
    for (const sums of [byCapability, byKey, series]) expect(sumOf(sums)).toBe(used);
    expect(cap).toBeNull();
    expect(series).toHaveLength(31);
    // Free calls are written a little later than what costs something: until they are, one of the two reads may lack some.
    const differing = async () => {
      const report = (await api.ask("GET", "/usage")).body.data.byCapability as { capability: string; credits: number; calls: number }[];
      const entries = await api.ledger();
      return report.filter(({ capability, credits, calls: count }) => {
        const own = entries.filter((entry) => entry.capability === capability);
        return !capability.startsWith("api.usage") && (credits !== sumOf(own) || count !== own.reduce((sum, entry) => sum + entry.calls, 0));
      });
    };
    await expect.poll(differing).toEqual([]);
    const one = (await api.ask("GET", `/usage?keyId=${api.publishable.id}&capability=api.signals.create`)).body.data;
    expect(one.byKey).toEqual([{ keyId: api.publishable.id, name: "Website", ...one.total }]);
    expect(one.byCapability).toEqual([{ capability: "api.signals.create", ...one.total }]);
  });

  test("shows refunds, by time, key and capability, and keeps other workspaces' entries to themselves", async () => {
    const clock = fixedClock(start);
    const api = await startManaged({ clock });
    const entry = (at: number, more: object = {}) => addEntry(api, at, { key_id: api.secret.id, ...more });
    await entry(start - 3 * dayMs);
    await entry(start - 2 * dayMs, { capability: "api.contacts.list", credits: 1 });
    await entry(start - hourMs);
    await entry(start - hourMs + 1, { calls: 0, credits: -5 });
    const other = await createWorkspace(api.store, start, { name: "Other" });
    await entry(start - hourMs, { workspace_id: other.id, credits: 100 });
    const ledger = async (query: string) => (await api.ask("GET", `/usage/ledger?${query}`)).body.data.entries.map(({ credits }: { credits: number }) => credits);
    const mine = `keyId=${api.secret.id}`;
    expect(await ledger(mine)).toEqual([-5, 5, 1, 5]);
    expect(await ledger(`${mine}&capability=api.contacts.list`)).toEqual([1]);
    expect(await ledger(`${mine}&from=${start - 2 * dayMs}&to=${start - hourMs}`)).toEqual([1]);
    const usage = (await api.ask("GET", `/usage?${mine}&from=${start - 2 * dayMs}`)).body.data;
    expect(usage.total).toEqual({ calls: 2, credits: 1 });
    expect(usage.series.map((day: { credits: number }) => day.credits)).toEqual([1, 0, 0]);
    expect(usage.series[0].at).toBe(Date.UTC(2026, 10, 18));
    for (const query of ["from=2&to=1", `from=0&to=${401 * dayMs}`, "from=x", "capability=a%20b"]) expect([query, (await api.ask("GET", `/usage?${query}`)).status]).toEqual([query, 400]);
    for (const path of ["/usage", "/usage/ledger"]) expect((await api.ask("GET", path, undefined, { key: api.secret.key })).body.error.code).toBe("INSUFFICIENT_SCOPE");
  });

  test("summed up by day says the same as entry by entry, for any span, also where summing ran twice or stopped halfway", async () => {
    const clock = fixedClock(start);
    const api = await startManaged({ clock });
    for (let i = 0; i < 120; i++) {
      const at = start - 9 * dayMs + i * 2 * hourMs;
      await addEntry(api, at, { key_id: i % 3 === 0 ? "k1" : "k2", capability: i % 4 === 0 ? "api.a" : "api.b", credits: (i % 5) - 1 });
    }
    const spans = [[-20, 5], [-9, 0], [-7.5, -2.25], [-6.5, -6.25], [-3, -2], [-0.4, 0.2]].map(([from = 0, to = 0]) => `from=${start + from * dayMs}&to=${start + to * dayMs}&capability=`);
    const ask = async () => Promise.all(spans.flatMap((span) => ["api.a", "api.b"].map(async (capability) => (await api.ask("GET", `/usage?${span}${capability}`)).body.data)));
    const entryByEntry = await ask();
    expect(entryByEntry[0].total.calls).toBe(30);
    const log = createLog("silent");
    const summed = async () => Number((await api.store.read.selectFrom("usage_sums").select("until").executeTakeFirst())?.until);
    await sumDays(api.store, start - 4 * dayMs, log);
    expect(await summed()).toBe(Date.UTC(2026, 10, 16));
    expect(await ask()).toEqual(entryByEntry);
    await Promise.all([sumDays(api.store, start, log), sumDays(api.store, start, log)]);
    expect(await summed()).toBe(Date.UTC(2026, 10, 20));
    expect(await ask()).toEqual(entryByEntry);
    // A day is over for good an hour after its end only.
    await sumDays(api.store, Date.UTC(2026, 10, 21, 1) - 1, log);
    expect(await summed()).toBe(Date.UTC(2026, 10, 20));
  });
});

describe("a cap on credits", () => {
  test("is not passed by calls that come at once, of any kind, and the ledger ends exactly at it", async () => {
    const api = await startManaged();
    const { calls, usedSoFar } = await makeCalls(api);
    await written(api, usedSoFar);
    const cap = 40;
    await api.cap(cap);
    let used = usedSoFar;
    let refused = 0;
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(calls.map((call) => call()));
      used += answers.reduce((sum, answer) => sum + usedBy(answer), 0);
      refused += answers.filter(({ status }) => status === 402).length;
      expect(used).toBeLessThanOrEqual(cap);
    }
    expect(refused).toBeGreaterThan(0);
    // What costs more than is left is refused, what fits is not: single credits fill it to the brim.
    expect(used).toBe(cap);
    await written(api, cap);
    const { status, body } = await api.ask("GET", "/contacts");
    expect([status, body.error.code, body.error.details]).toEqual([402, "INSUFFICIENT_CREDITS", [expect.objectContaining({ path: "credits", code: "credit_cap", cap, used: cap, period: "total", resetsAt: null })]]);
    expect((await api.ask("GET", "/usage")).body.data.cap).toEqual({ credits: cap, period: "total", used: cap, remaining: 0, resetsAt: null });
    expect((await api.ask("GET", "/signals/stats")).status).toBe(200);
    const before = (await api.store.read.selectFrom("contacts").select("id").execute()).length;
    expect((await api.ask("POST", "/contacts", { firstName: "One too many" })).status).toBe(402);
    expect(await api.store.read.selectFrom("contacts").select("id").execute()).toHaveLength(before);
  });

  test("holds for signals one by one: those past it are not stored, and their messageIds may be sent again", async () => {
    const api = await startManaged();
    await api.cap(3);
    const messages = Array.from({ length: 8 }, (_, i) => `message-number-${i}`);
    const send = (messageId: string) => api.ask("POST", "/signals", visit({ messageId }), { key: api.publishable.key });
    const answers = await Promise.all(messages.map(send));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 201, 402, 402, 402, 402, 402]);
    const batch = await api.ask("POST", "/signals/batch", { signals: messages.map((messageId) => visit({ messageId })) });
    expect(batch.body.data.results.map((result: { status: string; error?: { code: string } }) => result.error?.code ?? result.status).toSorted()).toEqual([...Array(5).fill("INSUFFICIENT_CREDITS"), ...Array(3).fill("duplicate")]);
    // Everybody who visits the site could read how much the workspace used and may use.
    const visitors = await api.ask("POST", "/signals/batch", { signals: [visit({ messageId: "message-of-a-visitor" })] }, { key: api.publishable.key });
    const [refused] = visitors.body.data.results;
    for (const said of [answers.find(({ status }) => status === 402)?.body.error, refused.error]) expect([said.code, said.details]).toEqual(["INSUFFICIENT_CREDITS", undefined]);
    await api.cap(10);
    const again = await Promise.all(messages.map(send));
    expect(again.map(({ body }) => body.data.duplicate === true).filter(Boolean)).toHaveLength(3);
    expect(await api.store.read.selectFrom("signals").select("id").execute()).toHaveLength(8);
    await written(api, 8);
    expect((await api.ask("GET", "/usage")).body.data.cap.used).toBe(8);
  });

  test("counts what the month has used so far, begins anew with the next, and can be lifted", async () => {
    const clock = fixedClock(start);
    const api = await startManaged({ clock });
    const entry = (at: number, credits: number) => addEntry(api, at, { credits });
    await entry(Date.UTC(2026, 9, 31, 23), 70);
    await entry(Date.UTC(2026, 10, 1), 5);
    await entry(start - 1000, 3);
    await api.cap(9, "month");
    expect((await api.ask("GET", "/usage")).body.data.cap).toEqual({ credits: 9, period: "month", used: 8, remaining: 1, resetsAt: Date.UTC(2026, 11, 1) });
    expect((await api.ask("GET", "/contacts")).status).toBe(200);
    expect((await api.ask("GET", "/contacts")).body.error.details[0]).toMatchObject({ cap: 9, used: 9, resetsAt: Date.UTC(2026, 11, 1) });
    clock.advance(Date.UTC(2026, 11, 1) - start);
    expect((await api.ask("GET", "/contacts")).status).toBe(200);
    expect((await api.ask("GET", "/usage")).body.data.cap).toMatchObject({ used: 1 });
    await api.cap(0, "total");
    expect((await api.ask("GET", "/usage")).body.data.cap).toMatchObject({ used: 80, remaining: 0 });
    expect((await api.ask("GET", "/contacts")).status).toBe(402);
    await removeCreditCap(api.store, clock.now(), api.workspace.id);
    api.server.parts.keys.forget();
    expect((await api.ask("GET", "/contacts")).status).toBe(200);
  });

  test("of one workspace is no other's, and replays and dry runs pass it", async () => {
    const api = await startManaged();
    const other = await createWorkspace(api.store, Date.now(), { name: "Other" });
    const stranger = await api.newKey({ workspaceId: other.id });
    await api.cap(1);
    const headers = { "idempotency-key": "once" };
    const first = await api.ask("POST", "/contacts", { firstName: "Ada" }, { headers });
    expect([first.status, (await api.ask("POST", "/contacts", { firstName: "Bob" })).status]).toEqual([201, 402]);
    expect((await api.ask("POST", "/contacts", { firstName: "Ada" }, { headers })).body).toEqual(asReplay(first.body));
    expect((await api.ask("POST", "/contacts?dry_run=1", { firstName: "Bob" })).body.meta).toMatchObject({ dryRun: true, credits: { used: 0 } });
    expect((await api.ask("GET", "/contacts", undefined, { key: stranger.key })).status).toBe(200);
  });
});
