import { expect, test } from "vitest";
import { startApi } from "../../test/support/api.ts";
import type { ContactRow } from "../../store/tables.ts";
import { emptyRow } from "./fields.ts";
import { insertContacts, insertWords } from "./queries.ts";
import { searchWords, wordsOf } from "./words.ts";

type Api = Awaited<ReturnType<typeof startApi>>;
type Person = Partial<Pick<ContactRow, "first_name" | "last_name" | "title" | "company" | "tags" | "status" | "archived_at">>;

/** Contacts as the API would make them, the oldest first; as many as a test wants within a second. */
async function fill(api: Api, people: readonly Person[]): Promise<ContactRow[]> {
  const rows = people.map((person, i) => ({ ...emptyRow(api.workspace.id, 1_900_000_000_000 + i, "api"), ...person, company_key: person.company?.toLowerCase() ?? null }));
  for (let at = 0; at < rows.length; at += 500) {
    const some = rows.slice(at, at + 500);
    await api.store.write(async (tx) => {
      await insertContacts(tx, some);
      await insertWords(tx, some.map((row) => ({ workspace_id: row.workspace_id, contact_id: row.id, ...searchWords(row) })));
    });
  }
  return rows;
}

const search = async (api: Api, query: string, limit = 100, status?: string) =>
  ((await api.call("POST", "/v1/contacts/search", { body: { query, limit, ...(status === undefined ? {} : { status }) } })).body.data.contacts as { id: string }[]).map(({ id }) => id);

/** What has every word begun, of those not archived; and whether it has all of them whole. */
function expected(rows: readonly ContactRow[], query: string, status?: string): { id: string; whole: boolean }[] {
  const words = wordsOf(query);
  return rows.toReversed().flatMap((row) => {
    const held = wordsOf([row.first_name, row.last_name, row.title, row.company, ...(JSON.parse(row.tags) as string[])].join(" "));
    const found = row.archived_at === null && (status === undefined || row.status === status) && words.every((word) => held.some((one) => one.startsWith(word)));
    return found ? [{ id: row.id, whole: words.every((word) => held.includes(word)) }] : [];
  });
}

test("all contacts that begin every word are found, those with whole words first, whichever of the words are rare", async () => {
  const api = await startApi();
  // So many that the common words fill pages of the index.
  const count = api.store.dialect === "sqlite" ? 15_000 : 1_500;
  const at = <T>(from: readonly T[], i: number) => from[i % from.length] as T;
  const rows = await fill(api, Array.from({ length: count }, (_, i) => ({
    first_name: at(["Anna", "Annabel", "Bert"], i), last_name: i % 500 ? at(["Smith", "Smithson"], i >> 4) : at(["Kalomar", "Kalomartin", "Kalo"], i / 500),
    title: at(["Engineering Manager", "Sales", "Marketing Engineer"], i >> 3), company: i % 700 ? at(["Acme", "Northwind"], i >> 2) : at(["Orbital Acme", "Orb"], i / 700),
    tags: JSON.stringify(i % 900 ? [] : ["rarely"]), archived_at: i % 13 ? null : 1, status: i % 5 ? "new" : "replied",
  })));
  const queries = ["kalomar", "kalom", "kalo", "kal", "orbital acme", "orbi acm", "kalomar acme", "kalom nor", "rare", "rarely anna", "rar ann bert", "kalo orb", "engineer kalomart", "engineering orb", "sales engin", "marketi sale", "annab kalomar", "nothing anna", "k", "o a"];
  for (const query of queries) {
    for (const status of [undefined, "replied"]) {
      const all = expected(rows, query, status);
      expect([query, all.length]).toEqual([query, Math.min(all.length, 100)]);
      const found = await search(api, query, 100, status);
      expect([query, found.toSorted()]).toEqual([query, all.map(({ id }) => id).toSorted()]);
      const wholes = all.filter(({ whole }) => whole).map(({ id }) => id);
      expect([query, found.slice(0, wholes.length).toSorted()]).toEqual([query, wholes.toSorted()]);
    }
  }
  for (const query of ["smith", "engin", "smi acm", "anna smithso", "marke eng", "smithson northwi", "a s"]) {
    const all = new Set(expected(rows, query).map(({ id }) => id));
    const found = await search(api, query, 30);
    expect([query, found.length, found.every((id) => all.has(id))]).toEqual([query, 30, true]);
  }
});

test("archived contacts take nobody's place, however many of the newest are", async () => {
  const api = await startApi();
  const rows = await fill(api, Array.from({ length: 160 }, (_, i) => ({ first_name: `N${i}`, last_name: i % 2 ? "Kalomar" : "Kalomartin", archived_at: i >= 30 ? 1 : null })));
  for (const query of ["kalomar", "kalom", "kal"]) {
    const all = expected(rows, query).map(({ id }) => id);
    expect([query, (await search(api, query, 40)).toSorted()]).toEqual([query, all.toSorted()]);
    expect([query, await search(api, query, 5)]).toEqual([query, (query === "kalomar" ? all.filter((_, i) => i % 2 === 0) : all).slice(0, 5)]);
  }
});
