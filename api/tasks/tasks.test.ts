import { expect, test } from "vitest";
import { allScopes } from "../../core/endpoint.ts";
import { startWorkflows as start, workflowNow as now } from "../../test/support/workflows.ts";
import { createWorkspace } from "../keys/index.ts";

const code = (answer: { body: { error?: { code: string } } }) => answer.body.error?.code;

/** Three tasks, made by runs. */
async function three() {
  const api = await start();
  const { workflow, contact, trigger, until, call } = api;
  const id = await workflow({ steps: [{ do: "task", title: "Call {{ contact.email }}" }], cooldownHours: 0 });
  const people = [await contact("a@x.com"), await contact("b@x.com")];
  for (const person of [...people, people[0] ?? ""]) await until(await trigger(id, person), "completed");
  const list = async (query = "") => (await call("GET", `/tasks${query}`)).body.data as { tasks: { id: string; title: string; status: string; contactId: string }[]; nextCursor: string | null };
  return { ...api, people, list };
}

test("tasks are listed newest first, by contact and status, in pages", async () => {
  const { list, people, call } = await three();
  const all = await list();
  expect(all.tasks.map(({ title }) => title)).toEqual(["Call a@x.com", "Call b@x.com", "Call a@x.com"]);
  expect((await list(`?contactId=${people[0]}`)).tasks).toHaveLength(2);
  const first = await list("?limit=2");
  expect((await list(`?limit=2&cursor=${first.nextCursor}`)).tasks.map(({ id }) => id)).toEqual([all.tasks[2]?.id]);
  await call("PATCH", `/tasks/${all.tasks[1]?.id}`, { status: "done" });
  expect((await list("?status=open")).tasks).toHaveLength(2);
  expect(code(await call("GET", "/tasks?status=late"))).toBe("VALIDATION_ERROR");
});

test("a task is closed once, opened again, worded otherwise", async () => {
  const { list, call, clock, store } = await three();
  const id = (await list()).tasks[0]?.id;
  const patch = async (body: object) => (await call("PATCH", `/tasks/${id}`, body)).body.data;
  expect(await patch({ status: "done" })).toMatchObject({ status: "done", closedAt: now });
  clock.advance(1000);
  expect(await patch({ status: "dismissed", notes: "No answer" })).toMatchObject({ status: "dismissed", closedAt: now, notes: "No answer", updatedAt: now + 1000 });
  expect(await patch({ status: "open", title: "Write" })).toMatchObject({ status: "open", closedAt: null, title: "Write", notes: "No answer" });
  expect(await patch({ notes: null })).toMatchObject({ notes: null });
  expect((await call("GET", `/tasks/${id}`)).body.data).toMatchObject({ status: "open", title: "Write" });
  const kinds = (await store.read.selectFrom("events").select("kind").where("kind", "like", "task.%").orderBy("id").execute()).map(({ kind }) => kind);
  expect(kinds).toEqual(["task.created", "task.created", "task.created", "task.closed", "task.closed", "task.reopened"]);
});

test("refuses what it does not know, whom it does not know, and who may not", async () => {
  const { list, call, newKey, store } = await three();
  const id = (await list()).tasks[0]?.id;
  for (const body of [{ status: "late" }, { title: "a\nb" }, { kind: "call" }]) expect(code(await call("PATCH", `/tasks/${id}`, body)), JSON.stringify(body)).toBe("VALIDATION_ERROR");
  const reader = await newKey({ scopes: ["workflows:read"] });
  expect(code(await call("PATCH", `/tasks/${id}`, { status: "done" }, reader.key))).toBe("INSUFFICIENT_SCOPE");
  const none = await newKey({ scopes: ["contacts:read"] });
  for (const at of ["/tasks", `/tasks/${id}`]) expect(code(await call("GET", at, undefined, none.key))).toBe("INSUFFICIENT_SCOPE");
  const other = await createWorkspace(store, now, { name: "Other" });
  const stranger = await newKey({ workspaceId: other.id, scopes: [...allScopes] });
  for (const at of [`/tasks/${id}`, "/tasks/none"]) {
    expect(code(await call("GET", at, undefined, stranger.key))).toBe("NOT_FOUND");
    expect(code(await call("PATCH", at, { status: "done" }, stranger.key))).toBe("NOT_FOUND");
  }
  expect((await call("GET", "/tasks", undefined, stranger.key)).body.data.tasks).toEqual([]);
});
