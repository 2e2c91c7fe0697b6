import { expect, test } from "vitest";
import { linkSession } from "../api/identity/queries.ts";
import { dialects, newSignal } from "../test/support/stores.ts";

const base = 1_950_000_000_000;
const minute = 60_000;

test.each(dialects)("a session's company is on what it holds and what follows in it; the next session starts without, on %s", async (_name, open) => {
  const { store, dispose } = await open(() => base);
  try {
    const visit = async (at: number, company: string | null = null) => {
      const signal = newSignal(at, { visitor_id: "visitor-0001", company_id: company });
      await store.append(signal);
      return signal.row;
    };
    const companies = async () => (await store.read.selectFrom("signals").select("company_id").orderBy("id").execute()).map((row) => row.company_id);
    const first = await visit(base);
    await visit(base + 1, "own");
    const match = { workspace_id: "w1", id: "m1", company_id: "acme", visitor_id: "visitor-0001", session_id: first.session_id ?? "", via: "mmdb", evidence: "acme.com", at: base } as const;
    for (const id of ["m1", "m2"]) {
      await store.write(async (tx) => {
        await store.settleVisitors("w1", ["visitor-0001"], tx);
        await linkSession(tx, { ...match, id });
      });
    }
    store.forgetVisitor("w1", "visitor-0001");
    await visit(base + minute);
    await visit(base + 2 * minute, "own");
    expect(await companies()).toEqual(["acme", "own", "acme", "own"]);
    const late = await visit(base + 40 * minute);
    expect(late.session_id).not.toBe(first.session_id);
    await visit(base + 41 * minute);
    expect((await companies()).slice(4)).toEqual([null, null]);
    await store.settleVisitors("w1", ["visitor-0001"]);
    expect(await store.read.selectFrom("visitors").select(["company_id", "sessions"]).execute()).toEqual([{ company_id: null, sessions: 2 }]);
    expect(await store.read.selectFrom("company_matches").select("id").execute()).toEqual([{ id: "m1" }]);
    // Found late, it is the old session's: the visitor has moved on.
    await store.write((tx) => linkSession(tx, { ...match, company_id: "other" }));
    expect(await companies()).toEqual(["acme", "own", "acme", "own", null, null]);
    expect((await store.read.selectFrom("visitors").select("company_id").executeTakeFirstOrThrow()).company_id).toBeNull();
  } finally {
    await dispose();
  }
});
