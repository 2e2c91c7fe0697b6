import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { mmdbFile } from "../../../../test/support/mmdb-file.ts";
import { startPlugged } from "../../../../test/support/plugged.ts";
import { testConnector } from "../../service.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "owlbound-mmdb-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test("a test opens the operator's file and tells what it is", async () => {
  const file = join(folder(), "asn.mmdb");
  writeFileSync(file, mmdbFile("Test-ASN", { autonomous_system_number: 64_500 }));
  const { add, ctx, parts } = await startPlugged(undefined, { mmdb: `/elsewhere/city.mmdb,${file}` });
  const { id } = await add("mmdb", { database: "asn.mmdb" });
  expect(await testConnector(ctx, parts, id, false)).toMatchObject({ ok: true, detail: { type: "Test-ASN", builtAt: 1_700_000_000_000, ipVersion: 4, nodes: 1 } });
});

test("a workspace names one of the operator's files, and never a path", async () => {
  const file = join(folder(), "asn.mmdb");
  writeFileSync(file, "no database");
  const { add, ctx, parts } = await startPlugged(undefined, { mmdb: file });
  for (const database of [file, "../asn.mmdb", "/etc/passwd", "city.mmdb", ""]) await expect(add("mmdb", { database })).rejects.toMatchObject({ code: "VALIDATION_ERROR" });
  const { id } = await add("mmdb", { database: "asn.mmdb" });
  const outcome = await testConnector(ctx, parts, id, false);
  expect(outcome).toMatchObject({ ok: false, kind: "refused" });
  expect(outcome.reason).not.toContain(file);
  rmSync(file);
  expect(await testConnector(ctx, parts, id, false)).toMatchObject({ ok: false, kind: "refused" });
});
