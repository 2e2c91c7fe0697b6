import fc from "fast-check";
import { expect, test } from "vitest";
import { ApiError } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { createLog } from "../../core/log.ts";
import type { Ctx } from "../../store/context.ts";
import { snapshot } from "../../test/support/database.ts";
import { dialects, newSignal } from "../../test/support/stores.ts";
import { createContact } from "../contacts/service.ts";
import { holdings, ownIndexes } from "./holdings.ts";
import { mergeContacts } from "./service.ts";
import { undoMerge } from "./undo.ts";

const base = 1_950_000_000_000;
const people = 5;
const tables = [...holdings.map(({ table }) => table).filter((table) => table !== "events"), ...ownIndexes, "contacts", "match_keys"];
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const words = fc.constantFrom("a", "b", "c", "d e");
const who = fc.nat({ max: people - 1 });

const contact = fc.record({ firstName: fc.constantFrom("Jane", "Joe"), lastName: maybe(words), phone: maybe(fc.constantFrom("030 1234567", "+49 30 1234567")), company: maybe(words), title: maybe(words), notes: maybe(words), hasEmail: fc.boolean(), hasProfile: fc.boolean(), tags: fc.uniqueArray(words), attributes: fc.dictionary(words, fc.nat({ max: 3 }), { maxKeys: 3 }) });
const world = fc.record({
  contacts: fc.array(contact, { minLength: people, maxLength: people }),
  signals: fc.array(who, { maxLength: 6 }),
  visitors: fc.array(who, { maxLength: 4 }),
  enrollments: fc.uniqueArray(fc.tuple(who, fc.nat({ max: 1 })), { selector: String, maxLength: 8 }),
  values: fc.uniqueArray(fc.tuple(who, fc.constantFrom("email" as const, "phone" as const), fc.constantFrom("x", "y")), { selector: String, maxLength: 8 }),
  openJobs: fc.uniqueArray(who, { maxLength: 3 }),
  scores: fc.array(who, { maxLength: 3 }),
  messages: fc.array(who, { maxLength: 4 }),
  merges: fc.array(fc.tuple(who, fc.uniqueArray(who, { minLength: 1, maxLength: 3 })), { minLength: 1, maxLength: 4 }),
  added: fc.array(who, { maxLength: 3 }),
});

test.each(dialects)("whatever is merged, undoing it backwards restores every row, and leaves what came since where it is, on %s", async (name, open) => {
  const { store, run, dispose } = await open(() => base);
  let now = base;
  const clock = { now: () => now++ };
  let round = 0;
  try {
    await fc.assert(
      fc.asyncProperty(world, async (w) => {
        const workspace = { id: `w${round++}`, name: "W", plan: "unlimited" as const, status: "active" };
        const ctx: Ctx = { workspace, actor: { kind: "system", id: "test" }, store, clock, log: createLog("silent") };
        const of = { workspace_id: workspace.id };
        const rowsOf = async () => {
          const all = await snapshot(store, tables);
          return Object.fromEntries(Object.entries(all).map(([table, rows]) => [table, rows.filter((row) => row["workspace_id"] === workspace.id)]));
        };
        const signal = (contactId: string) => ({ ...newSignal(clock.now(), { ...of, contact_id: contactId, batch_id: "b" }).row });
        const ids = await store.write(async (tx) => {
          const made: string[] = [];
          for (const [i, { hasEmail, hasProfile, ...input }] of w.contacts.entries()) {
            const more = { ...(hasEmail ? { email: `p${i}@acme.test` } : {}), ...(hasProfile ? { linkedInUrl: `linkedin.com/in/p-${i}` } : {}) };
            made.push((await createContact(ctx, tx, { ...input, ...more }, "error")).row.id);
          }
          const id = (i: number) => made[i] ?? "";
          for (const i of w.signals) await tx.insertInto("signals").values(signal(id(i))).execute();
          for (const [n, i] of w.visitors.entries()) {
            const visitor = { ...of, id: `visitor-${n}`, contact_id: id(i) };
            await tx.insertInto("visitors").values({ ...visitor, mode: "identified", session_id: newId(now), first_seen_at: now, last_seen_at: now, sessions: 1 }).execute();
            await tx.insertInto("identity_claims").values({ ...of, id: newId(now), visitor_id: visitor.id, contact_id: id(i), person: "{}", state: "linked", proof: "api", at: now }).execute();
          }
          for (const [i, s] of w.enrollments) await tx.insertInto("enrollments").values({ ...of, id: newId(now), sequence_id: `s${s}`, version: 1, contact_id: id(i), status: i % 2 ? "active" : "paused", current_step: 1, next_step_at: now, source: "test", created_at: now, updated_at: now }).execute();
          for (const [i, field, provider] of w.values) await tx.insertInto("enrichment_values").values({ ...of, contact_id: id(i), field, provider, value: '"v"', confidence: 1, found_at: now }).execute();
          for (const i of w.openJobs) await tx.insertInto("enrichment_jobs").values({ ...of, id: newId(now), contact_id: id(i), status: "queued", priority: "high", force_refresh: 0, completed_phases: "[]", errors: "[]", created_at: now }).execute();
          for (const i of w.scores) await tx.insertInto("contact_scores").values({ ...of, id: newId(now), contact_id: id(i), icp_profile_id: "i", icp_version: 1, score: 50, verdict: "possible_fit", breakdown: "[]", reasoning: "", model: "rules", scored_at: now }).execute();
          for (const i of w.messages) await tx.insertInto("messages").values({ ...of, id: newId(now), thread_id: "t", contact_id: id(i), direction: "in", sender: "x", recipients: "[]", body: "", sent_at: now }).execute();
          return made;
        });
        const before = await rowsOf();

        const merges: string[] = [];
        for (const [survivor, losers] of w.merges) {
          const [survivorId = "", ...loserIds] = [...new Set([survivor, ...losers])].map((i) => ids[i] ?? "");
          if (loserIds.length === 0) continue;
          await store.write(async (tx) => void merges.push((await mergeContacts(ctx, tx, survivorId, loserIds)).answer.mergeId)).catch((error: unknown) => {
            // Some of them are part of another by now.
            expect(error).toBeInstanceOf(ApiError);
          });
          const running = await store.read.selectFrom("enrollments").select(["contact_id", "sequence_id"]).where("workspace_id", "=", workspace.id).where("status", "in", ["active", "paused"]).execute();
          expect(new Set(running.map((row) => row.contact_id + row.sequence_id)).size).toBe(running.length);
        }
        const live = (await store.read.selectFrom("contacts").select("id").where("workspace_id", "=", workspace.id).where("merged_into", "is", null).execute()).map((row) => row.id);
        const added = w.added.map((i) => signal(live[i % live.length] ?? ""));
        for (const row of added) await store.write((tx) => tx.insertInto("signals").values(row).execute());
        for (const mergeId of merges.toReversed()) await store.write((tx) => undoMerge(ctx, tx, mergeId));

        const { signals, ...rest } = await rowsOf();
        const isAdded = new Map(added.map((row) => [row.id, row.contact_id]));
        expect({ ...rest, signals: signals?.filter((row) => !isAdded.has(String(row["id"]))) }).toEqual(before);
        expect(signals?.filter((row) => isAdded.has(String(row["id"]))).every((row) => row["contact_id"] === isAdded.get(String(row["id"])))).toBe(true);
        await run("DELETE FROM merge_moves; DELETE FROM signals");
      }),
      { numRuns: name === "sqlite" ? 40 : 5 },
    );
  } finally {
    await dispose();
  }
});
