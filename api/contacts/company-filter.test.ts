import { expect, test } from "vitest";
import { startApi } from "../../test/support/api.ts";

type Api = Awaited<ReturnType<typeof startApi>>;
interface Contact {
  id: string;
  company: string | null;
  status: string;
  source: string;
  score: number | null;
  archivedAt: number | null;
}

const page = async (api: Api, query: string) => (await api.call("GET", `/v1/contacts?${query}`)).body.data as { contacts: Contact[]; nextCursor: string | null };
const create = async (api: Api, body: Record<string, unknown>) => (await api.call("POST", "/v1/contacts", { body })).body.data.contactId as string;

/** All pages of a list, each of `limit`; `between` happens after each. */
async function all(api: Api, query: string, limit = 100, between = () => Promise.resolve()): Promise<Contact[]> {
  const found: Contact[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const answer: Awaited<ReturnType<typeof page>> = await page(api, `${query}&limit=${limit}${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
    found.push(...answer.contacts);
    cursor = answer.nextCursor;
    await between();
  }
  return found;
}

test("a contact is found by a part of the company that it is at now, by whichever way it got there", async () => {
  const api = await startApi();
  const at = async (part: string) => (await page(api, `company=${encodeURIComponent(part)}`)).contacts.map(({ id }) => id);
  const id = await create(api, { email: "jane@acme.test", company: "Zürich Ωmega" });
  expect([await at("ich ω"), await at("z"), await at("ωm")]).toEqual([[id], [id], [id]]);
  // Other names of the very same pieces.
  await api.call("PATCH", `/v1/contacts/${id}`, { body: { company: "aaaa" } });
  expect([await at("ich ω"), await at("aaa")]).toEqual([[], [id]]);
  await api.call("PATCH", `/v1/contacts/${id}`, { body: { company: "aaaaaa" } });
  expect([await at("aaaa"), await at("aaaaa")]).toEqual([[id], [id]]);
  await api.call("PUT", "/v1/contacts", { body: { email: "jane@acme.test", company: "Old %_ Mill" } });
  expect([await at("aaaa"), await at("%_ mill"), await at("_% mill")]).toEqual([[], [id], []]);
  await api.call("POST", "/v1/contacts", { body: { email: "jane@acme.test", company: "Second Mill" } });
  await api.call("POST", "/v1/contacts?on_duplicate=update", { body: { email: "jane@acme.test", company: "Third Mill" } });
  expect([await at("second mill"), await at("third mill")]).toEqual([[], [id]]);
  const { results } = (await api.call("POST", "/v1/contacts/batch", { body: { contacts: [{ firstName: "B", company: "Batched" }, { firstName: "C", company: "Batched Too" }] } })).body.data;
  expect(await at("batched")).toEqual([results[1].contactId, results[0].contactId]);
  expect(await at("batched t")).toEqual([results[1].contactId]);
  await api.call("PATCH", `/v1/contacts/${id}`, { body: { company: null } });
  expect(await at("mill")).toEqual([]);

  const merged = await api.call("POST", "/v1/contacts/merge", { body: { survivorId: id, loserIds: [results[0].contactId] } });
  expect(await at("batched")).toEqual([results[1].contactId, id]);
  await api.call("POST", `/v1/merges/${merged.body.data.mergeId}/undo`);
  expect(await at("batched")).toEqual([results[1].contactId, results[0].contactId]);
  const other = await startApi();
  expect((await page(other, "company=batched")).contacts).toEqual([]);
});

test("a part of few or many companies' names gives what looking at every contact would, in each order, page by page", async () => {
  const api = await startApi();
  const names = ["Mill Works", "Old Mill", "Millstone", ...Array.from({ length: 45 }, (_, i) => `Lab ${i} of ${i % 2 ? "Mills" : "Stone"}`)];
  const sources = ["api", "csv"];
  const contacts = Array.from({ length: 190 }, (_, i) => ({ firstName: `N${i}`, company: i % 3 ? names[i % names.length] : names[i % 3], status: i % 5 ? "new" : "replied", source: sources[i % 2] }));
  for (let at = 0; at < contacts.length; at += 95) await api.call("POST", "/v1/contacts/batch", { body: { contacts: contacts.slice(at, at + 95) } });
  const made = await all(api, "include_archived=true");
  expect(made).toHaveLength(contacts.length);
  await api.store.write(async (tx) => {
    for (const [i, { id }] of made.entries()) {
      await tx.updateTable("contacts").set({ score: i % 4 ? i % 7 : null, source: sources[i % 2] ?? "", archived_at: i % 11 ? null : 1_900_000_000_000 }).where("id", "=", id).execute();
    }
  });
  const every = await all(api, "include_archived=true");

  for (const part of ["mill", "old mill", "lab", "lab 1", "of stone", "ll", "e", "mill of", "nowhere"]) {
    for (const filter of ["", "&status=replied", "&source=csv", "&status=new&source=api&include_archived=true", "&include_archived=true"]) {
      for (const sort of ["", "&sort_direction=asc", "&sort_by=score", "&sort_by=score&sort_direction=asc"]) {
        const asked = new URLSearchParams(`company=${part}${filter}${sort}`);
        const expected = every
          .filter((one) => one.company?.toLowerCase().includes(part) && [one.status, null].includes(asked.get("status")) && [one.source, null].includes(asked.get("source")))
          .filter((one) => asked.has("include_archived") || one.archivedAt === null);
        const found = await all(api, asked.toString(), part.length % 2 ? 7 : 40);
        expect([asked.toString(), found.map(({ id }) => id)]).toEqual([asked.toString(), ordered(expected, asked).map(({ id }) => id)]);
      }
    }
  }
});

function ordered(contacts: Contact[], asked: URLSearchParams): Contact[] {
  const sign = asked.get("sort_direction") === "asc" ? 1 : -1;
  const rank = ({ score }: Contact) => (asked.get("sort_by") !== "score" ? 0 : (score ?? (sign > 0 ? 1000 : -1)));
  return contacts.toSorted((a, b) => sign * (rank(a) - rank(b) || (a.id < b.id ? -1 : 1)));
}

test("pages leave nobody out and repeat nobody while a part becomes one that many companies have", async () => {
  const api = await startApi();
  const before = (await api.call("POST", "/v1/contacts/batch", { body: { contacts: Array.from({ length: 60 }, (_, i) => ({ firstName: `N${i}`, company: `Forge ${i % 20}` })) } })).body.data.results as { contactId: string }[];
  let added = 0;
  const found = await all(api, "company=forge", 9, async () => void (await create(api, { firstName: "New", company: `Forge ${(added += 5)} and Sons ${added}` })));
  expect(found.map(({ id }) => id)).toEqual(before.map(({ contactId }) => contactId).toReversed());
  for (let i = 0; i < 20; i++) await create(api, { firstName: "New", company: `The Forge of ${i}` });
  const oldest = await all(api, "company=forge&sort_direction=asc", 9, async () => void (await create(api, { firstName: "New", company: `Forge ${(added += 5)} and Sons ${added}` })));
  expect(new Set(oldest.map(({ id }) => id)).size).toBe(oldest.length);
  expect(oldest.slice(0, 60).map(({ id }) => id)).toEqual(before.map(({ contactId }) => contactId));
});
