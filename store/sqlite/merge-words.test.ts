import { sql } from "kysely";
import { expect, test } from "vitest";
import { dialects } from "../../test/support/stores.ts";

const [sqlite] = dialects;
const now = 1_950_000_000_000;

test.runIf(sqlite?.[0] === "sqlite")("an index of words in many pieces becomes one, call by call, and finds what it found", async () => {
  const { store, dispose } = await (sqlite as NonNullable<typeof sqlite>)[1](() => now);
  try {
    for (let i = 0; i < 12; i++) {
      await store.write(async (tx) => {
        const rows = Array.from({ length: 100 }, (_, n) => ({ workspace_id: "w1", contact_id: `c${i}-${n}`, words: `w1nname${i} w1sall w1t${"x".repeat(n % 30)}${n}`, pieces: "w1616263" }));
        for (const row of rows) await tx.insertInto("contact_words").values(row).execute();
      });
    }
    const pieces = async () => (await sql<{ n: number }>`SELECT count(DISTINCT segid) AS n FROM contact_words_index_idx`.execute(store.read)).rows[0]?.n;
    const found = async (word: string) => (await sql<{ rowid: number }>`SELECT rowid FROM contact_words_index WHERE contact_words_index MATCH ${word} ORDER BY rowid`.execute(store.read)).rows.map(({ rowid }) => rowid);
    const before = [await found("w1sall"), await found("w1nname7")];
    expect(before.map((rows) => rows.length)).toEqual([1200, 100]);
    expect(await pieces()).toBeGreaterThan(4);
    await store.mergeWords();
    expect(await pieces()).toBe(1);
    expect([await found("w1sall"), await found("w1nname7")]).toEqual(before);
    await store.write((tx) => sql`INSERT INTO contact_words_index (contact_words_index) VALUES ('integrity-check')`.execute(tx));
  } finally {
    await dispose();
  }
});
