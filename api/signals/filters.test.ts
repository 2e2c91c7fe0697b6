import fc from "fast-check";
import { CompiledQuery } from "kysely";
import { describe, expect, test } from "vitest";
import { newId } from "../../core/id.ts";
import { type Priority, priorities, type StoredType, storedTypes } from "../../core/signal-words.ts";
import type { SignalRow } from "../../store/tables.ts";
import { dialects, newSignal } from "../../test/support/stores.ts";
import { selectSignals, signalsPage } from "./queries.ts";

/** Ids of one process never sort backwards, so that each test has a later time of its own. */
let base = 1_960_000_000_000;

describe.each(dialects)("filters of signals on %s", (name, open) => {
  test("answer what sifting all rows answers, page by page, in every combination", async () => {
    base += 1_000_000_000;
    const { store, dispose } = await open(() => base);
    try {
      const rows: SignalRow[] = [];
      // Prime counts: every combination of values is there.
      for (let i = 0; i < 400; i++) {
        const at = base + i * 1000;
        const { row } = newSignal(at, {
          id: newId(at), type: storedTypes[(i * i) % 13] ?? "job_change", priority: priorities[(i >> 1) % 3] ?? "low", batch_id: "b",
          contact_id: i % 7 === 0 ? "c1" : null, bot: i % 5 === 0 ? "user_agent" : null, actioned_at: i % 4 === 0 ? at : null, workspace_id: i % 11 === 0 ? "w2" : "w1",
        });
        rows.push(row);
      }
      for (let i = 0; i < rows.length; i += 50) await store.write((tx) => tx.insertInto("signals").values(rows.slice(i, i + 50)).execute());
      const filter = fc.record({
        type: fc.option(fc.constantFrom<StoredType>("website_visit", "job_change", "social_post", "funding_round"), { nil: undefined }),
        priority: fc.option(fc.constantFrom<Priority>("high", "medium", "low"), { nil: undefined }),
        kind: fc.option(fc.constantFrom("intent" as const, "social" as const), { nil: undefined }),
        unactionedOnly: fc.boolean(), includeBots: fc.boolean(),
        contactId: fc.option(fc.constant("c1"), { nil: undefined }),
        from: fc.option(fc.integer({ min: 0, max: 400 }).map((i) => base + i * 1000), { nil: undefined }),
        to: fc.option(fc.integer({ min: 0, max: 400 }).map((i) => base + i * 1000), { nil: undefined }),
      });
      await fc.assert(
        fc.asyncProperty(filter, fc.integer({ min: 1, max: 30 }), async (f, limit) => {
          const wanted = rows
            .filter((r) => r.workspace_id === "w1" && (f.includeBots || r.bot === null) && (!f.unactionedOnly || r.actioned_at === null))
            .filter((r) => (f.type === undefined || r.type === f.type) && (f.priority === undefined || r.priority === f.priority) && (f.contactId === undefined || r.contact_id === f.contactId))
            .filter((r) => (f.kind === undefined || r.type.startsWith("social_") === (f.kind === "social")) && (f.from === undefined || r.received_at >= f.from) && (f.to === undefined || r.received_at <= f.to))
            .map((r) => r.id)
            .toReversed();
          const found: string[] = [];
          for (;;) {
            const page = await selectSignals(store.read, { workspaceId: "w1", limit, before: found.at(-1), ...f });
            found.push(...page.map((r) => r.id));
            if (page.length < limit) break;
          }
          expect(found).toEqual(wanted);
        }),
        { numRuns: name === "sqlite" ? 300 : 60, seed: 20_261_125 },
      );
    } finally {
      await dispose();
    }
  });
});

describe.each(dialects.filter(([name]) => name === "sqlite"))("plans on %s", (_name, open) => {
  test("read each filter's stretch of an index and nothing else, and leave all other lists as they were", async () => {
    const { store, dispose } = await open(() => base);
    try {
      const plan = async (page: Partial<Parameters<typeof signalsPage>[1]>) => {
        const { sql, parameters } = signalsPage(store.read, { workspaceId: "w1", limit: 51, ...page }).compile();
        const { rows } = await store.read.executeQuery<{ detail: string }>(CompiledQuery.raw(`EXPLAIN QUERY PLAN ${sql}`, [...parameters]));
        return [...new Set(rows.map(({ detail }) => detail).filter((detail) => /(SEARCH|SCAN) signals|B-TREE/.test(detail)))];
      };
      const byId = "SEARCH signals USING INDEX sqlite_autoindex_signals_1 (workspace_id=? AND id=?)";
      const people = "SEARCH signals USING INDEX signals_of_people (workspace_id=? AND type=? AND priority=?)";
      expect(await plan({})).toEqual(["SEARCH signals USING INDEX sqlite_autoindex_signals_1 (workspace_id=?)"]);
      expect(await plan({ type: "funding_round" })).toEqual([byId, people]);
      expect(await plan({ type: "funding_round", priority: "low" })).toEqual([byId, people]);
      expect(await plan({ priority: "medium" })).toEqual([byId, people]);
      expect(await plan({ priority: "low" })).toEqual([byId, "SEARCH signals USING INDEX signals_urgent (workspace_id=? AND priority=?)"]);
      expect(await plan({ kind: "social" })).toEqual([byId, people]);
      expect(await plan({ type: "funding_round", includeBots: true })).toEqual([byId, people, people.replace("people", "bots")]);
      expect(await plan({ contactId: "c1", type: "funding_round" })).toEqual(["SEARCH signals USING INDEX signals_by_contact (workspace_id=? AND contact_id=?)"]);
    } finally {
      await dispose();
    }
  });
});
