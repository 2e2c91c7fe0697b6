import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { newSignal, dialects, withSlowReads } from "../test/support/stores.ts";

const base = 1_950_000_000_000;
const roomy = "x".repeat(2000);
const signalsUntilFull = 2000;

describe.each(dialects)("a full disk on %s", (_name, open) => {
  test("refuses signals, keeps reads up, and takes signals again when there is room; the refused never appear", async () => {
    const { store, setFull, dispose } = await open(() => base);
    try {
      const stored = [(await store.append(newSignal(base))).signalId];
      await setFull(true);
      let refusal: unknown;
      for (let i = 0; i < signalsUntilFull && refusal === undefined; i++) {
        await store.append(newSignal(base, { data: roomy })).then(
          (done) => stored.push(done.signalId),
          (error: unknown) => (refusal = error),
        );
      }
      expect(refusal).toMatchObject({ code: "STORE_UNAVAILABLE", retryAfterS: 1 });
      const group = await Promise.allSettled(Array.from({ length: 5 }, () => store.append(newSignal(base, { data: roomy, message_id: null }))));
      expect(group.map((one) => one.status)).toEqual(Array(5).fill("rejected"));
      expect(await store.read.selectFrom("signals").select("id").execute()).toHaveLength(stored.length);

      await setFull(false);
      stored.push((await store.append(newSignal(base))).signalId);
      expect((await store.read.selectFrom("signals").select("id").execute()).map((row) => row.id).toSorted()).toEqual(stored.toSorted());
      const outcomes = await store.read.selectFrom("ingest_hours").select("count").where("outcome", "=", "stored").execute();
      expect(outcomes.reduce((sum, row) => sum + row.count, 0)).toBe(stored.length);
    } finally {
      await dispose();
    }
  });
});

describe.each(withSlowReads)("a read that takes too long on %s", (_name, open) => {
  test("is ended, and signals are stored while it runs and afterwards", async () => {
    const { store, dispose } = await open(() => base, { slowReadLimitMs: 4000 });
    try {
      const endless = sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n`;
      const read = endless.execute(store.slow).then(
        () => "read",
        (error: { code?: string }) => error.code,
      );
      const ingest = Promise.all(Array.from({ length: 20 }, () => store.append(newSignal(base)))).then(() => "ingest");
      expect(await Promise.race([read, ingest])).toBe("ingest");
      expect(await read).toBe("STORE_UNAVAILABLE");
      await store.append(newSignal(base));
      expect(await store.slow.selectFrom("signals").select("id").execute()).toHaveLength(21);
    } finally {
      await dispose();
    }
  });
});
