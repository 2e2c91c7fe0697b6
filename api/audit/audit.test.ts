import { expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { allScopes } from "../../core/endpoint.ts";
import { startApi } from "../../test/support/api.ts";
import { createWorkspace } from "../keys/index.ts";

const start = 1_795_000_000_000;

async function startManaged() {
  const clock = fixedClock(start);
  const api = await startApi({ clock });
  const chief = await api.newKey({ name: "Chief", scopes: [...allScopes] });
  const ask = (method: string, path: string, body?: unknown, key = chief.key) => api.call(method, `/v1${path}`, { key, ...(body === undefined ? {} : { body }) });
  const list = async (query = "") => (await ask("GET", `/audit?${query}`)).body.data.entries as { at: number; actor: string; action: string; detail: Record<string, unknown> }[];
  return { ...api, chief, ask, list, clock };
}

test("says who did what, newest first, by action, actor and time", async () => {
  const api = await startManaged();
  const contact = (await api.ask("POST", "/contacts", { firstName: "Ada" }, api.secret.key)).body.data.contactId;
  api.clock.advance(1000);
  const made = (await api.ask("POST", "/keys", { type: "secret", name: "Report", scopes: ["signals:read"] })).body.data;
  api.clock.advance(1000);
  await api.ask("POST", `/keys/${made.id}/revoke`);
  const entries = await api.list();
  expect(entries.slice(0, 2).map(({ at, actor, action, detail }) => [at, actor, action, detail["keyId"]])).toEqual([
    [start + 2000, `key:${api.chief.id}`, "key.revoked", made.id],
    [start + 1000, `key:${api.chief.id}`, "key.created", made.id],
  ]);
  const actions = async (query: string) => (await api.list(query)).map(({ action }) => action);
  expect(await actions("action=key.revoked")).toEqual(["key.revoked"]);
  expect(new Set(await actions("action=key.*"))).toEqual(new Set(["key.created", "key.revoked"]));
  expect(await actions("action=ke.*")).toEqual([]);
  expect(await actions("actor=cli")).toEqual(Array(3).fill("key.created"));
  expect(await api.list(`actor=key:${api.secret.id}`)).toEqual([expect.objectContaining({ at: start, action: "contact.created", detail: { contactId: contact } })]);
  expect(await actions(`from=${start + 1000}&to=${start + 2000}`)).toEqual(["key.created"]);
});

test("tells of a key that was exposed since a moment of the same hour", async () => {
  const api = await startManaged();
  api.clock.advance(60_000);
  await api.call("GET", "/v1/me", { headers: { origin: "https://www.example.com" } });
  await expect.poll(() => api.list(`from=${start + 60_000}&action=key.exposed`)).toMatchObject([{ at: start + 60_000, detail: { place: "browser" } }]);
  expect(await api.list(`from=${start + 60_001}`)).toEqual([]);
});

test("comes in pages that hold every entry once, whatever is added meanwhile", async () => {
  const api = await startManaged();
  const all = (await api.list("action=key.*")).length;
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof api.ask>> = await api.ask("GET", `/audit?action=key.*&limit=2${cursor === null ? "" : `&cursor=${cursor}`}`);
    seen.push(...page.body.data.entries.map((entry: { id: string }) => entry.id));
    cursor = page.body.data.nextCursor;
    if (cursor !== null) expect((await api.ask("GET", `/audit?cursor=${cursor}`)).status).toBe(400);
    await api.newKey({});
  } while (cursor !== null);
  expect([seen.length, new Set(seen).size]).toEqual([all, all]);
});

test("needs its scope, refuses what it can't read, and shows no other workspace's", async () => {
  const api = await startManaged();
  expect((await api.ask("GET", "/audit", undefined, api.secret.key)).body.error.code).toBe("INSUFFICIENT_SCOPE");
  for (const query of ["action=key%20created", "action=*", "from=x", "to=-1", "limit=0", "cursor=x", "actor=%00"]) expect([query, (await api.ask("GET", `/audit?${query}`)).status]).toEqual([query, 400]);
  const other = await createWorkspace(api.store, start, { name: "Other" });
  const stranger = await api.newKey({ workspaceId: other.id, scopes: [...allScopes] });
  const { entries } = (await api.ask("GET", "/audit", undefined, stranger.key)).body.data;
  expect(entries.map(({ detail }: { detail: { keyId: string } }) => detail.keyId)).toEqual([stranger.id]);
});
