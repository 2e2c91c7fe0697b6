import { expect, test } from "vitest";
import { allScopes } from "../../core/endpoint.ts";
import { startApi } from "../../test/support/api.ts";
import { createWorkspace } from "../keys/index.ts";

async function start() {
  const api = await startApi();
  const writer = await api.newKey({ scopes: [...allScopes] });
  const call = (method: string, path: string, body?: unknown, key = writer.key) => api.call(method, `/v1/messages/threads${path}`, { body, key });
  const thread = (id: string, lastMessageAt: number, channel: "email" | "linkedin" = "email") =>
    api.store.write((tx) =>
      tx.insertInto("message_threads").values({ workspace_id: api.workspace.id, id, contact_id: "c1", channel, connector_id: null, subject: "Hello", messages: 3, last_message_at: lastMessageAt, created_at: 1 }).execute(),
    );
  const message = (id: string, sentAt: number) =>
    api.store.write((tx) =>
      tx.insertInto("messages").values({ workspace_id: api.workspace.id, id, thread_id: "t1", contact_id: "c1", direction: "in", sender: "a@x.com", recipients: '["me@y.com"]', subject: null, body: "<b>hi</b>", sent_at: sentAt }).execute(),
    );
  return { ...api, call, thread, message, plainKey: api.secret.key };
}

const ids = (rows: { id: string }[]) => rows.map((row) => row.id);

test("without a connector there are no threads, and none is made up", async () => {
  const { call, plainKey } = await start();
  expect((await call("GET", "", undefined, plainKey)).body.data).toEqual({ threads: [], hasMore: false, nextCursor: null });
  expect((await call("GET", "/none")).status).toBe(404);
});

test("threads and messages come newest first, in pages that hold each once also within one moment", async () => {
  const { call, thread, message } = await start();
  await thread("t1", 5);
  await thread("t2", 5);
  await thread("t3", 9, "linkedin");
  const first = (await call("GET", "?limit=2")).body.data;
  const second = (await call("GET", `?limit=2&cursor=${first.nextCursor}`)).body.data;
  expect([ids(first.threads), ids(second.threads)]).toEqual([["t3", "t2"], ["t1"]]);
  expect(ids((await call("GET", "?channel=linkedin&contactId=c1")).body.data.threads)).toEqual(["t3"]);
  expect((await call("GET", `?channel=email&cursor=${first.nextCursor}`)).status).toBe(400);
  for (const [id, at] of [["m1", 1], ["m2", 2], ["m3", 2]] as const) await message(id, at);
  const page = (await call("GET", "/t1?limit=2")).body.data;
  expect(page).toMatchObject({ id: "t1", messageCount: 3, messages: [{ id: "m3", direction: "in", from: "a@x.com", to: ["me@y.com"], body: "<b>hi</b>" }, { id: "m2" }], drafts: [], hasMore: true });
  expect(ids((await call("GET", `/t1?limit=2&cursor=${page.nextCursor}`)).body.data.messages)).toEqual(["m1"]);
});

test("a draft is kept and shown, not sent; it needs messages:write", async () => {
  const { call, thread, plainKey, store } = await start();
  await thread("t1", 5);
  expect((await call("POST", "/t1/draft", { body: "Hi" }, plainKey)).body.error.code).toBe("INSUFFICIENT_SCOPE");
  for (const body of [{}, { body: " " }, { body: "Hi", subject: "a\nBcc: b" }, { body: "Hi", to: "x" }]) expect((await call("POST", "/t1/draft", body)).status).toBe(400);
  expect((await call("POST", "/none/draft", { body: "Hi" })).status).toBe(404);
  const made = await call("POST", "/t1/draft", { body: "Hi" });
  expect([made.status, made.body.data]).toEqual([201, { id: expect.any(String), threadId: "t1", subject: "Hello", body: "Hi", createdAt: expect.any(Number) }]);
  expect((await call("GET", "/t1")).body.data).toMatchObject({ messages: [], drafts: [made.body.data] });
  expect(await store.read.selectFrom("messages").select("id").execute()).toEqual([]);
});

test("another workspace's threads answer as missing ones", async () => {
  const { call, thread, newKey, store } = await start();
  await thread("t1", 5);
  const other = await createWorkspace(store, Date.now(), { name: "Other" });
  const { key } = await newKey({ workspaceId: other.id, scopes: [...allScopes] });
  const strip = ({ status, body }: Awaited<ReturnType<typeof call>>) => ({ status, ...body.error, requestId: "" });
  expect((await call("GET", "", undefined, key)).body.data.threads).toEqual([]);
  expect(strip(await call("GET", "/t1", undefined, key))).toEqual(strip(await call("GET", "/none", undefined, key)));
  expect(strip(await call("POST", "/t1/draft", { body: "Hi" }, key))).toEqual(strip(await call("POST", "/none/draft", { body: "Hi" }, key)));
});
