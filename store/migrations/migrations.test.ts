import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { newSignal, dialects, postgresDialects } from "../../test/support/stores.ts";
import { migrations } from "./index.ts";

const base = 1_950_000_000_000;
const names = migrations.map((m) => m.name);

describe.each(dialects)("migrations on %s", (_name, open) => {
  test("run once: the next start finds them done, and the data as it was", async () => {
    const { store, again, dispose } = await open(() => base);
    try {
      const { signalId } = await store.append(newSignal(base));
      const next = await again();
      expect((await sql<{ name: string }>`SELECT name FROM migrations ORDER BY name`.execute(next.read)).rows.map((row) => row.name)).toEqual(names);
      expect(await next.read.selectFrom("signals").select("id").execute()).toEqual([{ id: signalId }]);
    } finally {
      await dispose();
    }
  });

  test("refuse data that a newer program wrote, and leave it alone", async () => {
    const { run, again, store, dispose } = await open(() => base);
    try {
      await run("INSERT INTO migrations (name, at) VALUES ('9999-later', 1)");
      await expect(again()).rejects.toThrow(/newer Owlbound \(migration 9999-later\)/);
      expect((await sql`SELECT 1 FROM migrations`.execute(store.read)).rows).toHaveLength(names.length + 1);
    } finally {
      await dispose();
    }
  });
});

test.each(postgresDialects)("nodes that start at once on an empty %s database agree on one migration", async (_name, open) => {
  const { run, again, dispose } = await open(() => base);
  try {
    await run("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    const nodes = await Promise.all([again(), again(), again()]);
    for (const node of nodes) await node.append(newSignal(base));
    expect(await nodes[0]?.read.selectFrom("signals").select("id").execute()).toHaveLength(3);
  } finally {
    await dispose();
  }
});
