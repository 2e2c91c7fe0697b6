import fc from "fast-check";
import { expect, test } from "vitest";
import { signalTypes } from "../../core/signal-words.ts";
import { newSignal } from "../../test/support/stores.ts";
import { cpuMs } from "../../test/support/cpu-ms.ts";
import { type Active, indexOf, toActive, triggerFits } from "./triggers.ts";

const types = signalTypes.slice(0, 3);
const pages = ["/", "/pricing", "/Pricing/x", "/blog/a", "/p", ""];
const patterns = ["/pricing*", "*", "/p?icing", "/PRICING", "/blog/*", "/", "/blog/a"];
const subset = <T>(list: readonly T[]) => fc.subarray([...list]);

function active(id: string, trigger: object, acceptUnverified = false): Active {
  return toActive({ id, version: 1, definition: JSON.stringify({ trigger, where: null, steps: [], cooldownHours: 0, acceptUnverified }) });
}

const triggers = fc.record({ on: fc.constant("signal"), types: subset(types), priorities: subset(["high", "low"]), sources: subset(["api", "tag"]), page: fc.option(fc.constantFrom(...patterns), { nil: undefined }) });
const signals = fc
  .record({
    type: fc.constantFrom(...types),
    priority: fc.constantFrom("high" as const, "low" as const, "medium" as const),
    source: fc.constantFrom("api", "tag", "x", ""),
    page_path: fc.option(fc.constantFrom(...pages)),
    bot: fc.constantFrom(null, null, null, null, "crawler"),
    contact_id: fc.option(fc.constant("c")),
    claimed_contact_id: fc.option(fc.constant("c")),
  })
  .map((more) => newSignal(1_700_000_000_000, more).row);

test("the index finds exactly the workflows that asking each one would find", () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(triggers, fc.boolean()), { maxLength: 12 }), signals, (some, signal) => {
      const all = some.map(([trigger, open], i) => active(String(i), trigger, open));
      const known = signal.contact_id !== null;
      const asked = all.filter((one) => triggerFits(one.definition.trigger, signal) === true && (known || (signal.claimed_contact_id !== null && one.definition.acceptUnverified)));
      found += asked.length;
      expect(indexOf(all).ofSignal(signal).map(({ id }) => id).toSorted()).toEqual(asked.map(({ id }) => id).toSorted());
    }),
    { numRuns: 3000, seed: 20_261_125 },
  );
  expect(found).toBeGreaterThan(500);
});

test("500 workflows cost a signal at most twice what one costs", () => {
  const many = Array.from({ length: 500 }, (_, i) => active(String(i), { on: "signal", types: ["website_visit"], priorities: [], sources: [], page: `/section-${String(i).padStart(3, "0")}/page*` }));
  const row = (i: number) => newSignal(1_700_000_000_000, { contact_id: "c", page_path: `/section-${String(i).padStart(3, "0")}/page/7` }).row;
  const rows = Array.from({ length: 200 }, (_, i) => row(i));
  // Each signal is one that one workflow waits for, in both.
  const same = rows.map(() => row(0));
  const cost = (index: ReturnType<typeof indexOf>, given: typeof rows) =>
    cpuMs(() => {
      for (let round = 0; round < 20; round++) for (const one of given) index.ofSignal(one);
    });
  const [one, all] = [indexOf(many.slice(0, 1)), indexOf(many)];
  expect(rows.every((row) => all.ofSignal(row).length === 1)).toBe(true);
  expect(same.every((signal) => one.ofSignal(signal).length === 1)).toBe(true);
  expect(cost(all, rows)).toBeLessThan(2 * cost(one, same));
});
