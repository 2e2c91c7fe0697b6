import { expect, test } from "vitest";
import { startApi } from "../../test/support/api.ts";
import { newSignal } from "../../test/support/stores.ts";
import { lookedMax } from "./contract.ts";

const day = 86_400_000;

async function start() {
  const api = await startApi();
  const call = (method: string, path: string, body?: unknown) => api.call(method, `/v1${path}`, { key: api.secret.key, body });
  const contact = async (email: string, more: object = {}) => (await call("POST", "/contacts", { email, ...more })).body.data.contactId as string;
  const view = async (where: unknown) => (await call("POST", "/views", { name: "Mine", where })).body.data.id as string;
  /** Every contact of a view, page by page. */
  const all = async (id: string, limit = 100) => {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await call("GET", `/views/${id}/contacts?limit=${limit}${cursor === null ? "" : `&cursor=${cursor}`}`);
      ids.push(...body.data.contacts.map((one: { id: string }) => one.id));
      cursor = body.data.nextCursor;
      expect(body.data.hasMore).toBe(cursor !== null);
    } while (cursor !== null);
    return ids;
  };
  return { api, call, contact, view, all };
}

test("a view shows the contacts that fulfil its condition now: fields, company and counted signals, newest first, archived ones left out", async () => {
  const { api, call, contact, view, all } = await start();
  const vp = await contact("a@acme.com", { title: "VP Sales", company: "Acme" });
  const clerk = await contact("b@acme.com", { title: "Clerk", company: "Acme" });
  const other = await contact("c@globex.com", { title: "VP Engineering" });
  const now = Date.now();
  for (let i = 0; i < 2; i++) await api.store.append(newSignal(now - day, { workspace_id: api.workspace.id, type: "website_visit", page_path: "/pricing", contact_id: other }));

  const vps = await view({ field: "contact.title", op: "startsWith", value: "vp" });
  expect(await all(vps)).toEqual([other, vp]);
  expect(await all(await view({ count: { type: "website_visit", page: "/pricing*", withinDays: 7 }, op: "gte", value: 2 }))).toEqual([other]);
  expect(await all(await view({ not: { field: "contact.title", op: "startsWith", value: "vp" } }))).toEqual([clerk]);

  await call("PATCH", `/contacts/${clerk}`, { title: "VP of everything" });
  expect(await all(vps, 1)).toEqual([other, clerk, vp]);
  await call("DELETE", `/contacts/${vp}`);
  expect(await all(vps, 2)).toEqual([other, clerk]);
});

test("one answer looks at so many contacts and no more; the cursor goes on where it stopped", async () => {
  const { call, view, all } = await start();
  const ids: string[] = [];
  for (let from = 0; from < lookedMax + 100; from += 100) {
    const contacts = Array.from({ length: 100 }, (_, i) => ({ email: `p${from + i}@acme.com`, title: from === 0 && i === 0 ? "CEO" : "Clerk" }));
    ids.push(...(await call("POST", "/contacts/batch", { contacts })).body.data.results.map((one: { contactId: string }) => one.contactId));
  }
  const rare = await view({ field: "contact.title", op: "eq", value: "CEO" });
  expect((await call("GET", `/views/${rare}/contacts`)).body.data).toMatchObject({ contacts: [], hasMore: true });
  expect(await all(rare)).toEqual([ids[0]]);
});

test("what can't be looked at is refused by its path when the view is saved, and when it is changed", async () => {
  const { call, view } = await start();
  const refusal = async (answer: Promise<{ status: number; body: { error?: { code: string; details?: { path: string }[] } } }>) => {
    const { status, body } = await answer;
    return [status, body.error?.code, body.error?.details?.[0]?.path];
  };
  const signal = { all: [{ field: "signal.type", op: "eq", value: "website_visit" }] };
  expect(await refusal(call("POST", "/views", { name: "x", where: signal }))).toEqual([400, "VALIDATION_ERROR", "where"]);
  expect(await refusal(call("POST", "/views", { name: "x", where: { field: "contact.shoe", op: "eq", value: "44" } }))).toEqual([400, "VALIDATION_ERROR", "where.field"]);
  const id = await view({ field: "contact.title", op: "exists" });
  expect(await refusal(call("PATCH", `/views/${id}`, { where: signal }))).toEqual([400, "VALIDATION_ERROR", "where"]);
});

test("views are listed in pages, renamed, changed and deleted; a cursor ends with the condition that it was made for", async () => {
  const { call, contact, view } = await start();
  for (const email of ["a@x.com", "b@x.com"]) await contact(email, { title: "VP" });
  const [first, second] = [await view({ field: "contact.title", op: "exists" }), await view({ field: "contact.title", op: "eq", value: "VP" })];
  const page = (await call("GET", "/views?limit=1")).body.data;
  expect(page).toMatchObject({ views: [{ id: second, name: "Mine", where: { field: "contact.title", op: "eq", value: "VP" } }], hasMore: true });
  expect((await call("GET", `/views?limit=1&cursor=${page.nextCursor}`)).body.data).toMatchObject({ views: [{ id: first }], hasMore: false });

  const { nextCursor } = (await call("GET", `/views/${first}/contacts?limit=1`)).body.data;
  expect((await call("PATCH", `/views/${first}`, { name: "Titles" })).body.data).toMatchObject({ name: "Titles", where: { field: "contact.title", op: "exists" } });
  expect((await call("GET", `/views/${first}/contacts?cursor=${nextCursor}`)).status).toBe(200);
  await call("PATCH", `/views/${first}`, { where: { field: "contact.email", op: "exists" } });
  expect((await call("GET", `/views/${first}/contacts?cursor=${nextCursor}`)).body.error.code).toBe("VALIDATION_ERROR");

  expect((await call("DELETE", `/views/${first}`)).body.data).toMatchObject({ id: first });
  expect((await call("GET", `/views/${first}`)).status).toBe(404);
});
