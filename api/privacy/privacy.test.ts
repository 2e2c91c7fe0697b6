import { expect, test } from "vitest";
import { allScopes } from "../../core/endpoint.ts";
import { startApi } from "../../test/support/api.ts";
import { addContact } from "../../test/support/contacts.ts";
import { createWorkspace } from "../keys/index.ts";

test("a request is kept and queued, by address or by contact, and shown to its workspace only", async () => {
  const api = await startApi();
  const manager = await api.newKey({ scopes: [...allScopes] });
  const call = (method: string, path: string, body?: unknown, key = manager.key) => api.call(method, `/v1/privacy${path}`, { body, key });
  const contactId = await addContact(api.store, Date.now(), api.workspace.id, "a@x.com");
  const exported = await call("POST", "/export", { email: " A@X.com" });
  expect([exported.status, exported.body.data]).toEqual([202, expect.objectContaining({ kind: "export", email: "a@x.com", contactId: null, status: "queued", finishedAt: null })]);
  const erased = await call("POST", "/erase", { contactId });
  expect([erased.status, erased.body.data]).toEqual([202, expect.objectContaining({ kind: "erase", email: null, contactId, status: "queued" })]);
  const { id } = erased.body.data;
  expect((await call("GET", `/requests/${id}`)).body.data).toEqual(erased.body.data);
  expect((await api.store.read.selectFrom("jobs").select("kind").execute()).map((job) => job.kind).toSorted()).toEqual(["privacy-erase", "privacy-export"]);

  for (const body of [{}, { email: "a@x.com", contactId }, { email: "nobody" }, { email: "a@x.com", all: true }]) expect((await call("POST", "/erase", body)).status).toBe(400);
  expect((await call("POST", "/erase", { contactId: "none" })).status).toBe(404);
  const other = await createWorkspace(api.store, Date.now(), { name: "Other" });
  const stranger = await api.newKey({ workspaceId: other.id, scopes: [...allScopes] });
  expect((await call("GET", `/requests/${id}`, undefined, stranger.key)).status).toBe(404);
  expect((await call("POST", "/export", { contactId }, stranger.key)).status).toBe(404);
  expect((await call("POST", "/erase", { contactId }, api.secret.key)).body.error.code).toBe("INSUFFICIENT_SCOPE");
});
