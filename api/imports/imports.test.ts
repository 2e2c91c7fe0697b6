import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { createLog } from "../../core/log.ts";
import { startApi } from "../../test/support/api.ts";
import { allContacts, commit, download, preview, sendFile, settled } from "../../test/support/imports.ts";
import { jobs } from "../../worker/jobs.ts";

const outcomes = (data: { rows: { outcome: string; reasons: { code: string }[] }[] }) => data.rows.map(({ outcome, reasons }) => [outcome, ...reasons.map(({ code }) => code)].join(" "));

describe("an import", () => {
  test("says of each row what would become of it, and does that once it is committed", async () => {
    const api = await startApi();
    const known = (await api.call("POST", "/v1/contacts", { body: { email: "known@acme.test", firstName: "Kim" } })).body.data.contactId;
    await api.call("POST", "/v1/companies", { body: { linkedInUrl: "https://www.linkedin.com/company/acme", domain: "acme.test", name: "Acme" } });
    const csv = "First Name,Last Name,E-Mail,Company,Job Title,Tags,attributes.plan,Remark\nJane,Smith,jane@acme.test,Acme,VP,\"vip, Berlin\",pro,x\nKim,,KNOWN@acme.test,Acme,CTO,,,\n,,,Acme,,,,\nBob,,nobody,,,,,\n";
    const ready = await preview(api, csv, "?filename=people.csv");
    expect(ready).toMatchObject({ filename: "people.csv", status: "ready", onDuplicate: "fill", delimiter: ",", progress: { done: 4, total: 4 }, preview: { create: 1, update: 1, skip: 0, reject: 2 }, result: null, error: null });
    expect(outcomes(ready)).toEqual(["create", "update", "reject identity_required", "reject invalid_email"]);
    expect(ready.rows.map((row: { line: number; row: number }) => [row.row, row.line])).toEqual([[1, 2], [2, 3], [3, 4], [4, 5]]);
    expect(ready.rows[3].reasons[0]).toMatchObject({ column: "E-Mail", field: "email" });
    expect(ready.columns.map((column: { field: string | null }) => column.field)).toEqual(["firstName", "lastName", "email", "company", "title", "tags", "attributes.plan", null]);
    expect(await allContacts(api)).toHaveLength(1);

    const done = await commit(api, ready.id);
    expect(done).toMatchObject({ status: "committed", progress: { done: 4, total: 4 }, result: { created: 1, updated: 1, skipped: 0, rejected: 2, changed: 0 } });
    const [kim, jane] = await allContacts(api);
    expect(kim).toMatchObject({ id: known, firstName: "Kim", company: "Acme", title: "CTO", source: "api" });
    expect(jane).toMatchObject({ id: done.rows[0].contactId, firstName: "Jane", lastName: "Smith", email: "jane@acme.test", source: "csv", status: "new", tags: ["vip", "Berlin"], companyId: expect.any(String) });
    const detail = (await api.call("GET", `/v1/contacts/${jane.id}`)).body.data;
    expect(detail).toMatchObject({ attributes: { plan: "pro" }, companyDetails: { name: "Acme" } });
    const found = (await api.call("POST", "/v1/contacts/search", { body: { query: "berl smith" } })).body.data.contacts;
    expect(found.map((contact: { id: string }) => contact.id)).toEqual([jane.id]);
    const events = await api.store.read.selectFrom("events").select("kind").where("workspace_id", "=", api.workspace.id).where("kind", "like", "contact.%").execute();
    expect(events.map(({ kind }) => kind)).toEqual(["contact.created", "contact.created", "contact.updated"]);

    expect((await commit(api, ready.id)).result).toEqual(done.result);
    expect(await allContacts(api)).toHaveLength(2);
  });

  test("makes of a row what POST /contacts makes of it: company, words of search, keys of duplicates, events", async () => {
    const [posted, imported] = [await startApi(), await startApi()];
    const people = [
      { firstName: "Ann", lastName: "Lee", email: "ann+news@mail.acme.test", phone: "+49 (0)30 1234567", company: "Acme", tags: ["vip"] },
      { firstName: "Anne", lastName: "Lee", email: "a.n.n@gmail.com", phone: "030 1234567", linkedInUrl: "https://www.linkedin.com/in/anne-lee-1a2b3c4d" },
      { firstName: "Ann", lastName: "Lee", email: "lee@acme.test", company: "ACME", title: "VP" },
    ];
    for (const api of [posted, imported]) for (const domain of ["acme.test", "mail.other.test"]) await api.call("POST", "/v1/companies", { body: { linkedInUrl: `linkedin.com/company/${domain.replaceAll(".", "-")}`, domain } });
    for (const body of people) expect((await posted.call("POST", "/v1/contacts", { body: { ...body, source: "csv" } })).status).toBe(201);
    const fields = ["firstName", "lastName", "email", "phone", "company", "title", "tags", "linkedInUrl"] as const;
    const csv = [fields.join(), ...people.map((person) => fields.map((field) => (person as Record<string, unknown>)[field] ?? "").join())].join("\n");
    expect((await commit(imported, (await preview(imported, csv)).id)).result.created).toBe(people.length);
    const stored = async ({ store, workspace }: typeof posted) => {
      const of = workspace.id;
      const contacts = await store.read.selectFrom("contacts").selectAll().where("workspace_id", "=", of).orderBy("id").execute();
      const companies = await store.read.selectFrom("companies").select(["id", "domain"]).where("workspace_id", "=", of).execute();
      const ids = new Map([...contacts.map(({ id, email }) => [id, email] as const), ...companies.map(({ id, domain }) => [id, domain] as const)]);
      const words = await store.read.selectFrom("contact_words").selectAll().where("workspace_id", "=", of).execute();
      const keys = await store.read.selectFrom("contact_keys").selectAll().where("workspace_id", "=", of).execute();
      const counts = await store.read.selectFrom("match_keys").selectAll().where("workspace_id", "=", of).execute();
      const events = await store.read.selectFrom("events").select(["kind", "payload", "contact_id"]).where("workspace_id", "=", of).where("kind", "=", "contact.created").orderBy("id").execute();
      let text = JSON.stringify([
        contacts.map(({ created_at: _created, updated_at: _updated, ...row }) => row),
        words.map(({ words: w, pieces, contact_id }) => [contact_id, w, pieces].join(" ").replaceAll(of.slice(-4), "")).toSorted(),
        keys.map(({ key, contact_id }) => `${key} ${contact_id}`),
        counts.map(({ key, contacts: n }) => `${key} ${n}`),
        events,
      ]).replaceAll(of, "workspace");
      for (const [id, name] of ids) text = text.replaceAll(id, String(name));
      const [rows, w, k, c, e] = JSON.parse(text) as unknown[][];
      return { rows, words: w?.toSorted(), keys: k?.toSorted(), counts: c?.toSorted(), events: e };
    };
    const seen = await stored(imported);
    expect(seen).toEqual(await stored(posted));
    expect(seen.rows).toMatchObject([{ company_id: "acme.test" }, { company_id: null }, { company_id: "acme.test" }]);
    expect(seen.counts).toContain("p:301234567 2");
  });

  test("leaves, fills or overwrites who exists, as it is told; an empty cell never clears, a status is never filled", async () => {
    const api = await startApi();
    const body = { email: "a@acme.test", firstName: "Ann", title: "CTO", tags: ["old"], attributes: { plan: "pro", tier: 1 }, status: "contacted" };
    const id = (await api.call("POST", "/v1/contacts", { body })).body.data.contactId;
    const csv = "email,firstName,lastName,title,tags,status,phone,attributes.plan,attributes.seats\nA@acme.test,,Lee,CEO,new,replied,,free,5\n";
    const run = async (onDuplicate: string) => {
      const ready = await preview(api, csv, `?on_duplicate=${onDuplicate}`);
      const result = (await commit(api, ready.id)).result;
      return [outcomes(ready), result.updated, (await api.call("GET", `/v1/contacts/${id}`)).body.data];
    };
    expect(await run("skip")).toMatchObject([["skip exists"], 0, { lastName: null, title: "CTO" }]);
    expect(await run("fill")).toMatchObject([["update"], 1, { firstName: "Ann", lastName: "Lee", title: "CTO", tags: ["old", "new"], status: "contacted", attributes: { plan: "pro", tier: 1, seats: "5" } }]);
    expect(await run("fill")).toMatchObject([["skip unchanged"], 0, {}]);
    expect(await run("overwrite")).toMatchObject([["update"], 1, { firstName: "Ann", lastName: "Lee", title: "CEO", tags: ["new"], status: "replied", attributes: { plan: "free", tier: 1, seats: "5" } }]);
    expect(await run("overwrite")).toMatchObject([["skip unchanged"], 0, {}]);
  });

  test("decides again at commit what changed since the preview, and reports it; what was rejected stays out", async () => {
    const api = await startApi();
    const gone = (await api.call("POST", "/v1/contacts", { body: { email: "gone@acme.test" } })).body.data.contactId;
    const old = (await api.call("POST", "/v1/contacts", { body: { email: "old@acme.test" } })).body.data.contactId;
    await api.call("DELETE", `/v1/contacts/${old}`);
    const ready = await preview(api, "email,title\nnew@acme.test,A\nraced@acme.test,B\ngone@acme.test,C\nold@acme.test,D\n");
    expect(outcomes(ready)).toEqual(["create", "create", "update", "reject contact_archived"]);
    await api.call("POST", "/v1/contacts", { body: { email: "raced@acme.test", title: "First" } });
    await api.call("DELETE", `/v1/contacts/${gone}`);
    await api.call("POST", `/v1/contacts/${old}/restore`);
    const done = await commit(api, ready.id);
    expect(done.result).toEqual({ created: 1, updated: 0, skipped: 1, rejected: 2, changed: 2 });
    expect(done.rows.map((row: { outcome: string; result: string }) => [row.outcome, row.result])).toEqual([["create", "created"], ["create", "skipped"], ["update", "rejected"], ["reject", "rejected"]]);
    expect((await allContacts(api)).map(({ email, title }) => [email, title])).toEqual([["gone@acme.test", null], ["old@acme.test", null], ["raced@acme.test", "First"], ["new@acme.test", "A"]]);
  });

  test("takes each person of a file once, however their address is written (security row 24)", async () => {
    const api = await startApi();
    await api.call("POST", "/v1/contacts", { body: { email: "both@acme.test", linkedInUrl: "linkedin.com/in/both" } });
    const csv = [
      "email,linkedin",
      "jane@acme.test,",
      "ＪANE@Acme.test,",
      ",https://www.linkedin.com/in/bob/",
      ",http://de.linkedin.com/in/Bob?trk=x",
      "both@acme.test,",
      ",linkedin.com/in/both",
      "ja\u200bne@acme.test,",
      "x@acme.test,https://example.com/in/x",
    ].join("\r\n");
    const ready = await preview(api, csv, "?on_duplicate=overwrite");
    expect(outcomes(ready)).toEqual(["create", "reject duplicate_in_file", "create", "reject duplicate_in_file", "skip unchanged", "reject duplicate_in_file", "reject invalid_email", "reject invalid_linkedin_url"]);
    expect(ready.rows[1].reasons[0].message).toContain("Row 1 ");
    expect((await commit(api, ready.id)).result).toMatchObject({ created: 2, changed: 0 });
    expect(await allContacts(api)).toHaveLength(3);
  });

  test("of somebody who was merged is about who they are now, and leaves the merge as it can be undone", async () => {
    const api = await startApi();
    const make = async (body: unknown) => (await api.call("POST", "/v1/contacts", { body })).body.data.contactId;
    const [kept, gone] = [await make({ email: "kept@acme.test" }), await make({ email: "gone@acme.test" })];
    const merged = await api.call("POST", "/v1/contacts/merge", { body: { survivorId: kept, loserIds: [gone] } });
    expect(merged.status, JSON.stringify(merged.body)).toBeLessThan(300);
    const ready = await preview(api, "email,title\ngone@acme.test,CTO\n", "?on_duplicate=overwrite");
    expect([outcomes(ready), ready.rows[0].contactId]).toEqual([["update"], kept]);
    expect((await commit(api, ready.id)).result).toMatchObject({ updated: 1, changed: 0 });
    expect((await api.call("GET", `/v1/contacts/${kept}`)).body.data).toMatchObject({ email: "kept@acme.test", title: "CTO" });
    expect((await preview(api, "email\nkept@acme.test\ngone@acme.test\n")).rows.map((row: { reasons: { code: string }[] }) => row.reasons[0]?.code)).toEqual(["unchanged", "duplicate_in_file"]);
  });

  test("can be mapped again, and is previewed by that", async () => {
    const api = await startApi();
    const ready = await preview(api, "Kontakt;Adresse;E-Mail\nJane van Smith;Berlin;jane@acme.test\n", `?mapping=${encodeURIComponent('{"Kontakt":"name"}')}`);
    expect(ready.columns).toEqual([{ name: "Kontakt", field: "name" }, { name: "Adresse", field: null }, { name: "E-Mail", field: "email" }]);
    const changed = await api.call("PATCH", `/v1/imports/${ready.id}`, { body: { mapping: { Kontakt: "name", Adresse: "attributes.city", "E-Mail": null }, onDuplicate: "skip" } });
    expect([changed.status, changed.body.data.status, changed.body.data.onDuplicate]).toEqual([202, "previewing", "skip"]);
    expect(await settled(api, ready.id)).toMatchObject({ status: "ready", preview: { create: 1, update: 0, skip: 0, reject: 0 }, columns: [{ field: "name" }, { field: "attributes.city" }, { field: null }] });
    const done = await commit(api, ready.id);
    expect((await api.call("GET", `/v1/contacts/${done.rows[0].contactId}`)).body.data).toMatchObject({ firstName: "Jane van", lastName: "Smith", email: null, attributes: { city: "Berlin" } });
    const late = await api.call("PATCH", `/v1/imports/${ready.id}`, { body: { onDuplicate: "fill" } });
    expect([late.status, late.body.error.code]).toEqual([409, "IMPORT_NOT_READY"]);
    for (const mapping of [{ Nobody: "email" }, { Kontakt: "workspace_id" }, { Kontakt: "attributes.__proto__" }, { Kontakt: "email", Adresse: "email" }, { Kontakt: 7 }]) {
      expect((await api.call("PATCH", `/v1/imports/${ready.id}`, { body: { mapping } })).status, JSON.stringify(mapping)).toBe(mapping.Kontakt === "email" || "Nobody" in mapping ? 409 : 400);
    }
    expect((await api.call("PATCH", `/v1/imports/${ready.id}`, { body: { status: "committed" } })).status).toBe(400);
  });

  test("is there once for an Idempotency-Key, and a dry run leaves nothing of it", async () => {
    const api = await startApi();
    const csv = "email\na@acme.test\n";
    const pieces = async () => (await api.store.read.selectFrom("import_pieces").select("import_id").execute()).length;
    const dry = await sendFile(api, csv, "?dry_run=true");
    expect([dry.status, dry.body.meta.dryRun, await pieces()]).toEqual([202, true, 0]);
    expect((await sendFile(api, "email,email\n", "?dry_run=true")).status).toBe(400);
    const headers = { "idempotency-key": "once" };
    const [first, second] = await Promise.all([sendFile(api, csv, "", { headers }), sendFile(api, csv, "", { headers })]);
    expect(second.body).toEqual(first.body);
    expect((await api.call("GET", "/v1/imports")).body.data.imports).toHaveLength(1);
    expect((await sendFile(api, "email\nb@acme.test\n", "", { headers })).body.error.code).toBe("IDEMPOTENCY_CONFLICT");
    expect((await sendFile(api, csv, "?on_duplicate=skip", { headers })).body.error.code).toBe("IDEMPOTENCY_CONFLICT");
    await settled(api, first.body.data.id);
    await expect.poll(pieces, { timeout: 60_000 }).toBe(0);
  });

  test("is ended by DELETE, and its rows with it; rows of others and uploads that came to nothing go when their time is over", async () => {
    const clock = fixedClock(Date.now());
    const api = await startApi({ clock });
    const rowsOf = async (id: string) => (await api.store.read.selectFrom("import_rows").select("n").where("import_id", "=", id).execute()).length;
    const [ended, kept] = [await preview(api, "email\na@acme.test\n"), await preview(api, "email\nb@acme.test\n")];
    const canceled = await api.call("DELETE", `/v1/imports/${ended.id}`);
    expect([canceled.status, canceled.body.data.status]).toEqual([200, "canceled"]);
    await expect.poll(() => rowsOf(ended.id), { timeout: 60_000 }).toBe(0);
    expect((await api.call("POST", `/v1/imports/${ended.id}/commit`)).body.error.code).toBe("IMPORT_NOT_READY");
    expect(await rowsOf(kept.id)).toBe(1);

    await api.store.write((tx) => tx.insertInto("import_pieces").values({ workspace_id: api.workspace.id, import_id: "0", start: 0, text: "email" }).execute());
    const purge = jobs.find(({ name }) => name === "purge-imports");
    await purge?.run(api.store, kept.expiresAt - 1, createLog("silent"));
    expect([await rowsOf(kept.id), (await api.store.read.selectFrom("import_pieces").selectAll().execute()).length]).toEqual([1, 0]);
    await purge?.run(api.store, kept.expiresAt, createLog("silent"));
    expect(await rowsOf(kept.id)).toBe(0);
    expect((await api.call("GET", `/v1/imports/${kept.id}`)).body.data).toMatchObject({ status: "expired", rows: [], preview: { create: 1 }, rowsDeletedAt: kept.expiresAt });
    expect((await api.call("POST", `/v1/imports/${kept.id}/commit`)).status).toBe(409);
    expect(kept.expiresAt - kept.createdAt).toBe(7 * 86_400_000);
  });

  test("lists newest first and pages its rows by outcome", async () => {
    const api = await startApi();
    const csv = `email\n${Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? "bad" : `c${i}@acme.test`)).join("\n")}\n`;
    const first = await preview(api, csv);
    const second = await preview(api, csv);
    const list = (await api.call("GET", "/v1/imports?limit=1")).body.data;
    expect([list.imports.map(({ id }: { id: string }) => id), list.hasMore]).toEqual([[second.id], true]);
    expect((await api.call("GET", `/v1/imports?limit=1&cursor=${list.nextCursor}`)).body.data.imports[0].id).toBe(first.id);
    const rows: number[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const { body }: { body: { data: { rows: { row: number }[]; nextCursor: string | null } } } = await api.call("GET", `/v1/imports/${first.id}?outcome=reject&limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
      rows.push(...body.data.rows.map(({ row }) => row));
      cursor = body.data.nextCursor;
    }
    expect(rows).toEqual([1, 4, 7, 10]);
    const { nextCursor } = (await api.call("GET", `/v1/imports/${first.id}?limit=3`)).body.data;
    expect((await api.call("GET", `/v1/imports/${second.id}?limit=3&cursor=${nextCursor}`)).status).toBe(400);
    expect((await api.call("GET", `/v1/imports/${first.id}?outcome=odd`)).status).toBe(400);
  });

  test("gives its rejected rows back as CSV with reasons, safe to open, ready to be mended and sent again", async () => {
    const api = await startApi();
    const ready = await preview(api, 'name,email,notes\nJane,jane@,"=cmd()"\nBob,bob@acme.test,fine\n"Ann" x,ann@acme.test,1\nLee,lee@acme.test,1,2\n');
    const { response, text } = await download(api, `/v1/imports/${ready.id}/rejected`);
    expect([response.status, response.headers.get("content-type"), response.headers.get("content-disposition")]).toEqual([200, "text/csv; charset=utf-8", `attachment; filename="rejected-${ready.id}.csv"`]);
    const lines = text.slice(1).split("\r\n");
    expect(text.startsWith("\ufeff")).toBe(true);
    expect(lines.slice(0, 2)).toEqual(['"name","email","notes","Import reasons"', '"Jane","jane@","\'=cmd()","Line 2: email: The domain of the e-mail address is not valid. Write it like jane@example.com"']);
    expect(lines[2]).toContain('"""Ann"" x,ann@acme.test,1",,,"Line 4: More follows');
    expect(lines[3]).toContain('"Lee","lee@acme.test","1","Line 5: The row has 4 cells, the header 3.","2"');
    const mended = await preview(api, text.replace("jane@", "jane@acme.test").split("\r\n").slice(0, 2).join("\r\n"));
    expect([outcomes(mended), mended.columns.at(-1)]).toEqual([["create"], { name: "Import reasons", field: null }]);
    const done = await commit(api, mended.id);
    expect((await api.call("GET", `/v1/contacts/${done.rows[0].contactId}`)).body.data.notes).toBe("=cmd()");
  });
});

describe("a file", () => {
  const csv = 'First name,E-mail,Notes\r\nJürgen,j@acme.test,"two\r\nlines, ""quoted"""\r\n';
  const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
  test.each<[string, string | Uint8Array, Record<string, string>?]>([
    ["UTF-8", csv],
    ["with a byte order mark", `\ufeff${csv}`],
    ["UTF-16 little endian", utf16(csv)],
    ["UTF-16 big endian", utf16(csv).swap16()],
    ["windows-1252 that says so", Buffer.from(csv, "latin1"), { "content-type": "text/csv; charset=windows-1252" }],
    ["gzipped", gzipSync(csv), { "content-encoding": "gzip" }],
    ["with semicolons", csv.replaceAll(/,(?! )/g, ";")],
    ["with tabs", csv.replaceAll(/,(?! )/g, "\t"), { "content-type": "text/tab-separated-values" }],
    ["with bars", csv.replaceAll(/,(?! )/g, "|")],
    ["with sep= before its header", `sep=,\r\n${csv}`],
    ["with line feeds only between rows", csv.replaceAll(/\r\n(?!lines)/g, "\n")],
    ["with old Mac line ends", csv.replaceAll(/\r\n(?!lines)/g, "\r")],
    ["with spaces around cells and empty lines", csv.replaceAll(/,(?! )/g, " , ").replaceAll(/\r\n(?!lines)/g, "\r\n\r\n , , \r\n")],
  ])("%s is read", async (_name, file, headers = {}) => {
    const api = await startApi();
    const ready = await preview(api, file, "", { headers });
    expect(ready.preview).toEqual({ create: 1, update: 0, skip: 0, reject: 0 });
    const done = await commit(api, ready.id);
    expect((await api.call("GET", `/v1/contacts/${done.rows[0].contactId}`)).body.data).toMatchObject({ firstName: "Jürgen", email: "j@acme.test", notes: 'two\r\nlines, "quoted"' });
  });

  test("that is none of contacts is refused with the reason, and nothing of it stays", async () => {
    const api = await startApi();
    const many = Array.from({ length: 201 }, (_, i) => `c${i}`).join();
    const refused = async (file: string | Uint8Array, query = "", headers = {}) => {
      const { status, body } = await sendFile(api, file, query, { headers });
      return [status, body.error?.details?.[0]?.code ?? body.error?.code];
    };
    expect(await refused("")).toEqual([400, "empty_file"]);
    expect(await refused(" \n\n ")).toEqual([400, "empty_file"]);
    expect(await refused(",,\n1,2,3\n")).toEqual([400, "no_header"]);
    expect(await refused("email,name,email\n")).toEqual([400, "duplicate_header"]);
    expect(await refused(`${many}\n`)).toEqual([400, "too_many_columns"]);
    expect(await refused(`${"x".repeat(201)}\n`)).toEqual([400, "too_big"]);
    expect(await refused('"email\n')).toEqual([400, "invalid_header"]);
    expect(await refused(`email,${"\n".repeat(40_000)}"x`.replace(",", ',"'))).toEqual([400, "invalid_header"]);
    expect(await refused(Buffer.from("email,name\nj@acme.test,Jürgen\n", "latin1"))).toEqual([400, "wrong_encoding"]);
    expect(await refused(Buffer.from("email\nx", "utf16le"))).toEqual([400, "not_text"]);
    expect(await refused(Buffer.from([0xff, 0xfe, 0x41, 0, 0, 0xd8, 0x41, 0]))).toEqual([400, "wrong_encoding"]);
    expect(await refused(Buffer.from("504b030414000600", "hex"))).toEqual([400, "not_text"]);
    expect(await refused("email\n", "", { "content-type": "text/csv; charset=shift_jis" })).toEqual([400, "unknown_charset"]);
    expect(await refused("email\n", "", { "content-type": "application/json" })).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
    expect(await refused("email\n", "?on_duplicate=merge")).toEqual([400, "invalid_value"]);
    for (const mapping of ["{", "[]", '{"email":"workspace_id"}', '{"email":"attributes.constructor"}', '{"Mail":"email"}']) {
      expect((await refused("email\n", `?mapping=${encodeURIComponent(mapping)}`))[0], mapping).toBe(400);
    }
    expect(await api.store.read.selectFrom("import_pieces").selectAll().execute()).toEqual([]);
    expect((await api.call("GET", "/v1/imports")).body.data.imports).toEqual([]);
  });

  test("costs a row that is broken, and no other", async () => {
    const api = await startApi();
    const rows = ["Ann,ann@acme.test", "Bob", "Cy,cy@acme.test,extra", '"Dee" D,dee@acme.test', 'Eve "E",eve@acme.test', '"Fay,fay@acme.test', "Gus,gus@acme.test", "", ",", "Hal,hal@acme.test"];
    const ready = await preview(api, `name,email\n${rows.join("\n")}`);
    expect(outcomes(ready)).toEqual(["create", "reject too_few_cells", "reject too_many_cells", "reject unreadable", "reject unreadable", "reject unreadable", "create", "create"]);
    expect(ready.rows.map(({ line }: { line: number }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8, 11]);
  });

  test("may say of a contact only what POST /contacts takes", async () => {
    const api = await startApi();
    const deep = JSON.stringify({ ["__proto__x"]: 1 }).replace("__proto__x", "__proto__");
    const cells = (value: string) => `"${value.replaceAll('"', '""')}"`;
    const csv = ["email,status,tags,attributes,First name", `a@acme.test,won,,,`, `b@acme.test,NEW,${cells("x".repeat(61))},,`, `c@acme.test,,,${cells("[1]")},`, `d@acme.test,,,${cells(deep)},`, `e@acme.test,,,${cells(JSON.stringify({ x: "y".repeat(21_000) }))},`, `h@acme.test,,,${cells(`{"a":${"[".repeat(9000)}${"]".repeat(9000)}}`)},`, `f@acme.test,,,,${cells("two\nlines")}`, `g@acme.test,Replied,a;b|c,${cells('{"a":{"b":[1]}}')},G`].join("\n");
    const ready = await preview(api, csv);
    expect(ready.rows.map((row: { outcome: string; reasons: { field: string }[] }) => [row.outcome, row.reasons[0]?.field])).toEqual([["reject", "status"], ["reject", "tags"], ["reject", "attributes"], ["reject", "attributes"], ["reject", "attributes"], ["reject", "attributes"], ["reject", "firstName"], ["create", undefined]]);
    const done = await commit(api, ready.id);
    expect((await api.call("GET", `/v1/contacts/${done.rows[7].contactId}`)).body.data).toMatchObject({ status: "replied", tags: ["a", "b", "c"], attributes: { a: { b: [1] } } });
  });
});

test("imports are for keys with contacts:write, and another workspace's are missing", async () => {
  const api = await startApi();
  const other = await startApi();
  const { id } = await preview(other, "email\na@acme.test\n");
  const reader = await api.newKey({ scopes: ["contacts:read"] });
  const asked: [string, string][] = [["GET", `/v1/imports/${id}`], ["PATCH", `/v1/imports/${id}`], ["POST", `/v1/imports/${id}/commit`], ["DELETE", `/v1/imports/${id}`], ["GET", `/v1/imports/${id}/rejected`]];
  for (const [method, path] of asked) {
    const body = method === "PATCH" ? { body: {} } : {};
    const foreign = await api.call(method, path, body);
    const missing = await api.call(method, path.replace(id, "none"), body);
    expect([foreign.status, foreign.body.error.message], path).toEqual([404, missing.body.error.message]);
    expect((await api.call(method, path, { ...body, key: reader.key })).status).toBe(403);
  }
  expect((await api.call("GET", "/v1/imports", { key: reader.key })).status).toBe(403);
  const file = (key: string | null) => fetch(`${api.url}/v1/imports`, { method: "POST", body: "email\n", headers: { "content-type": "text/csv", ...(key === null ? {} : { "x-api-key": key }) } }).then(({ status }) => status);
  expect(await Promise.all([file(reader.key), file(api.publishable.key), file(null), file("gtm_sk_bogus")])).toEqual([403, 403, 401, 401]);
  expect((await other.call("GET", `/v1/imports/${id}`)).body.data.status).toBe("ready");
});
