import { connect } from "node:net";
import fc from "fast-check";
import type { KyselyPlugin } from "kysely";
import { describe, expect, test } from "vitest";
import { openSqliteStore } from "../../store/sqlite/index.ts";
import { startApi } from "../../test/support/api.ts";
import { addContacts } from "../../test/support/contacts.ts";
import { allContacts, commit, download, preview } from "../../test/support/imports.ts";
import { servers } from "../../test/support/stores.ts";
import { ContactInput } from "./contract.ts";

type Api = Awaited<ReturnType<typeof startApi>>;
const lines = (text: string) => text.trimEnd().split(/\r?\n/);

/** So much that neither side's buffers can hold it. */
const fill = (api: Api, count: number, notes: string) => addContacts(api.store, api.workspace.id, Array.from({ length: count }, (_, i) => ({ email: `c${i}@acme.test`, notes })));
const long = "x".repeat(10_000);

describe("an export", () => {
  test("holds what the list shows, filtered and in its order, page after page, as CSV or NDJSON", async () => {
    const api = await startApi();
    await fill(api, 1203, "short");
    await api.store.write(async (tx) => {
      const of = (digit: string) => tx.updateTable("contacts").where("workspace_id", "=", api.workspace.id).where("email", "like", `%${digit}@acme.test`);
      await of("5").set({ status: "replied" }).execute();
      await of("00").set({ archived_at: 1 }).execute();
    });
    await api.call("POST", "/v1/contacts", { body: { firstName: "=1+1", source: "x", tags: ["a", "b"], attributes: { deep: [1] }, notes: 'two\n"lines"' } });
    const csv = await download(api, "/v1/contacts/export");
    expect([csv.response.status, csv.response.headers.get("content-type"), csv.response.headers.get("content-disposition")]).toEqual([200, "text/csv; charset=utf-8", 'attachment; filename="contacts.csv"']);
    expect(csv.response.headers.get("cache-control")).toBe("no-store");
    expect(csv.text.startsWith('\ufeff"id","firstName",')).toBe(true);
    expect(csv.text).toContain(`"'=1+1"`);
    expect(csv.text).toContain('"two\n""lines""","{""deep"":[1]}"');
    const json = async (query: string) => {
      const { text } = await download(api, `/v1/contacts/export?format=ndjson&${query}`);
      return lines(text).map((line) => JSON.parse(line));
    };
    const all = await json("sort_direction=asc&include_archived=true");
    expect(all).toEqual((await allContacts(api)).map((contact) => expect.objectContaining(contact)));
    expect(all.at(-1)).toMatchObject({ firstName: "=1+1", notes: 'two\n"lines"', attributes: { deep: [1] } });
    expect((await json("")).length).toBe(1204 - 12);
    expect((await json("status=replied")).length).toBe(120);
    expect((await json("source=x")).length).toBe(1);
    const usage = await api.store.read.selectFrom("usage_ledger").select(["capability", "credits"]).where("capability", "=", "api.contacts.export").execute();
    expect(usage.every(({ credits }) => credits === 0)).toBe(true);
  });

  test("of nobody has a header and no rows", async () => {
    const api = await startApi();
    expect(lines((await download(api, "/v1/contacts/export")).text)).toHaveLength(1);
    expect((await download(api, "/v1/contacts/export?format=ndjson")).text).toBe("");
  });

  test("is for keys with contacts:read, names what is wrong with a filter, and tells by HEAD without reading", async () => {
    const api = await startApi();
    const writer = await api.newKey({ scopes: ["contacts:write"] });
    expect((await api.call("GET", "/v1/contacts/export", { key: writer.key })).status).toBe(403);
    expect((await api.call("GET", "/v1/contacts/export", { key: api.publishable.key })).status).toBe(403);
    const odd = await api.call("GET", "/v1/contacts/export?format=xlsx");
    expect([odd.status, odd.body.error.details[0].path]).toEqual([400, "format"]);
    const head = await fetch(`${api.url}/api/v1/contacts/export`, { method: "HEAD", headers: { "x-api-key": api.secret.key } });
    expect([head.status, head.headers.get("content-type"), head.headers.get("content-length"), await head.text()]).toEqual([200, "text/csv; charset=utf-8", null, ""]);
  });

  test("that fails midway ends in a broken connection, not in a file that looks whole", async () => {
    const api = await startApi();
    await fill(api, 2000, long);
    const response = await fetch(`${api.url}/v1/contacts/export`, { headers: { "x-api-key": api.secret.key } });
    expect(response.status).toBe(200);
    // The rest of the file has nowhere to go yet, for nobody reads it.
    await api.store.write(async (tx) => void (await tx.schema.alterTable("contacts").renameTo("gone").execute()));
    await expect(response.text()).rejects.toThrow(/terminated|aborted/);
    await api.store.write(async (tx) => void (await tx.schema.alterTable("gone").renameTo("contacts").execute()));
    expect(lines((await download(api, "/v1/contacts/export")).text)).toHaveLength(2001);
  });

  // The pages that were read can only be counted at a store of our own making.
  test.runIf(servers.length === 0)("ends reading when the client goes away, and never runs far ahead of it", async () => {
    let pages = 0;
    const api = await startApi({
      store: async (dataDir, now) => {
        const store = await openSqliteStore({ file: `${dataDir}/owlbound.db`, now });
        const counting: KyselyPlugin = {
          transformQuery: ({ node }) => {
            if (JSON.stringify(node).includes('"contacts"')) pages++;
            return node;
          },
          transformResult: ({ result }) => Promise.resolve(result),
        };
        return { ...store, slow: store.slow.withPlugin(counting) };
      },
    });
    await fill(api, 2000, long);
    const path = "/v1/contacts/export?format=ndjson";
    await download(api, path);
    const whole = pages;
    expect(whole).toBe(5);
    const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
    const came = new Promise((resolve) => socket.once("data", resolve));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${api.secret.key}\r\n\r\n`);
    await came;
    socket.pause();
    socket.destroy();
    await expect.poll(() => new Promise((resolve) => api.server.app.server.getConnections((_error, count) => resolve(count))), { timeout: 60_000 }).toBeLessThanOrEqual(1);
    // One reader serves all in turn: what is still wanted by the first would be read before the end of the second.
    await download(api, path);
    expect(pages - whole).toBeLessThan(2 * whole);
  });
});

const word = (max: number) => fc.string({ unit: "grapheme", minLength: 1, maxLength: max }).map((text) => text.toWellFormed().replaceAll(/[\p{Cc}\u2028\u2029]/gu, "")).filter((text) => text.trim() !== "" && text.length <= max);
const risky = fc.tuple(fc.constantFrom("", "=", "+", "-", "@", "'", "''=", "＝", "'＠", ' "', ";", "[", "sep="), word(20)).map((parts) => parts.join(""));
const cell = fc.oneof(word(40), risky);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const notes = fc.oneof(cell, fc.tuple(fc.constantFrom("\t", "\r\n", "\n=", "a\n"), cell).map((parts) => parts.join("")));
const someone = fc.record({
  firstName: cell,
  lastName: maybe(cell),
  company: maybe(cell),
  title: maybe(cell),
  phone: maybe(cell),
  location: maybe(cell),
  source: cell,
  status: fc.constantFrom("new", "ready", "contacted", "replied", "converted", "lost"),
  notes: maybe(notes),
  tags: fc.uniqueArray(cell.map((tag) => tag.trim()), { maxLength: 4 }),
  attributes: fc.dictionary(word(20).filter((name) => !["__proto__", "constructor", "prototype"].includes(name)), fc.oneof(cell, fc.integer(), fc.boolean(), fc.constant(null), fc.array(cell, { maxLength: 2 }))),
});

test("what is exported and imported again is the same in every value", async () => {
  const from = await startApi();
  const to = await startApi();
  const shown = async (api: Api) => {
    const { text } = await download(api, "/v1/contacts/export?format=ndjson&sort_direction=asc");
    return lines(text).map((line) => {
      const { id: _, createdAt: __, updatedAt: ___, ...rest } = JSON.parse(line);
      return rest;
    });
  };
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(someone, { minLength: 1, maxLength: 25 }), async (people) => {
      await addContacts(from.store, from.workspace.id, people.map((person) => ContactInput.parse({ ...person, email: `+p${n}@acme.test`, linkedInUrl: `linkedin.com/in/p${n++}` })));
      const { text } = await download(from, "/v1/contacts/export?sort_direction=asc");
      const done = await commit(to, (await preview(to, text)).id);
      expect(done.result).toMatchObject({ created: people.length, rejected: 0, changed: 0 });
      expect(await shown(to)).toEqual(await shown(from));
    }),
    { numRuns: 12 },
  );
});
