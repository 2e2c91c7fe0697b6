import { expect, test } from "vitest";
import { startFarSide } from "../../../../test/support/far-side.ts";
import { startPlugged } from "../../../../test/support/plugged.ts";
import { testConnector } from "../../service.ts";

const token = "pat-na1-0123456789";

/** A HubSpot-shaped server with the contacts that were put into it; `refuse` answers in place of it. */
async function start(refuse?: { status: number; headers?: Record<string, string>; body?: unknown }) {
  const contacts = new Map<string, Record<string, string>>();
  const notes: unknown[] = [];
  const crm = await startFarSide(({ method, url, headers, body }) => {
    if (refuse) return refuse;
    if (headers.authorization !== `Bearer ${token}`) return { status: 401, body: { status: "error", message: "Authentication credentials not found" } };
    const path = url.split("?")[0] ?? "";
    if (method === "POST" && path === "/crm/v3/objects/contacts/batch/upsert") {
      const [input] = (JSON.parse(body) as { inputs: { id: string; properties: Record<string, string> }[] }).inputs;
      if (!input) return { status: 400 };
      const isNew = !contacts.has(input.id);
      contacts.set(input.id, { ...contacts.get(input.id), ...input.properties });
      return { body: { status: "COMPLETE", results: [{ id: `hs-${[...contacts.keys()].indexOf(input.id)}`, new: isNew }] } };
    }
    if (method === "POST" && path === "/crm/v3/objects/notes") return { status: 201, body: { id: `note-${notes.push(JSON.parse(body))}` } };
    if (path === "/crm/v3/objects/contacts") return { body: { results: [] } };
    const email = decodeURIComponent(path.split("/").at(-1) ?? "");
    return contacts.has(email) ? { body: { id: `hs-${[...contacts.keys()].indexOf(email)}` } } : { status: 404, body: { message: "resource not found" } };
  });
  const plugged = await startPlugged();
  const { id } = await plugged.add("hubspot", { accessToken: token, baseUrl: crm.url });
  return { ...plugged, crm, contacts, notes, id };
}

test("a contact is made once, then changed; what is not known is left alone", async () => {
  const { call, contacts, id } = await start();
  expect(await call(id, { do: "upsertContact", contact: { email: " Ada@Example.com ", firstName: "Ada", title: "Countess", phone: null } })).toEqual({ status: "created", detail: { hubspotId: "hs-0" } });
  expect(await call(id, { do: "upsertContact", contact: { email: "ada@example.com", lastName: "Lovelace", company: "" } })).toEqual({ status: "updated", detail: { hubspotId: "hs-0" } });
  expect([...contacts]).toEqual([["ada@example.com", { email: "ada@example.com", firstname: "Ada", jobtitle: "Countess", lastname: "Lovelace" }]]);
});

test("a note goes to the contact of its e-mail, as text", async () => {
  const { call, failure, notes, id, clock, crm } = await start();
  const note = { do: "logNote", email: "ada+news@example.com", note: "saw <b>prices</b>\n& left", idempotencyKey: "k" } as const;
  expect(await failure(id, note)).toMatchObject({ kind: "bad_request", message: "HubSpot has no contact with this e-mail. Upsert it first." });
  await call(id, { do: "upsertContact", contact: { email: "ada+news@example.com" } });
  expect(await call(id, note)).toEqual({ status: "noted", detail: { hubspotId: "hs-0", noteId: "note-1" } });
  expect(notes).toEqual([{ properties: { hs_timestamp: clock.now(), hs_note_body: "saw &lt;b&gt;prices&lt;/b&gt;<br>&amp; left" }, associations: [{ to: { id: "hs-0" }, types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 202 }] }] }]);
  expect(crm.heard.map(({ url }) => url)).toContain("/crm/v3/objects/contacts/ada%2Bnews%40example.com?idProperty=email");
});

test("without an e-mail nothing is asked", async () => {
  const { failure, id, crm } = await start();
  for (const email of [undefined, null, "", "no address", "../notes@x"]) expect([email, (await failure(id, { do: "upsertContact", contact: { email } })).kind]).toEqual([email, "bad_request"]);
  expect(crm.heard).toEqual([]);
});

test("a test looks at the contacts", async () => {
  const { ctx, parts, id } = await start();
  expect(await testConnector(ctx, parts, id, false)).toMatchObject({ ok: true, detail: { contacts: true } });
});

test.each([
  [401, {}, {}, { kind: "auth" }],
  [403, {}, {}, { kind: "auth" }],
  [429, {}, {}, { kind: "rate_limited", retryAfterMs: 10_000 }],
  [429, { "retry-after": "3" }, {}, { kind: "rate_limited", retryAfterMs: 3000 }],
  [400, {}, { message: "Property values were not valid" }, { kind: "bad_request", message: "HubSpot answered 400: Property values were not valid" }],
  [207, {}, { errors: [{}] }, { kind: "bad_request" }],
  [502, {}, "<html>", { kind: "retry", maybeDone: true, message: "HubSpot answered 502" }],
  [200, {}, {}, { kind: "retry", maybeDone: true }],
])("HubSpot's %d is told as what it means", async (status, headers, body, expected) => {
  const { failure, id } = await start({ status, headers, body });
  expect(await failure(id, { do: "upsertContact", contact: { email: "ada@example.com" } })).toMatchObject(expected);
});
