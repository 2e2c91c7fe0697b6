import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";

/** Runs a module in a process of its own on a fresh file (`open()` opens it); answers what it printed and how it ended. */
async function run(source: string): Promise<{ said: string; code: number | null }> {
  const folder = mkdtempSync(join(tmpdir(), "owlbound-slow-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const store = pathToFileURL(join(import.meta.dirname, "index.ts")).href;
  const open = `const { openSqliteStore } = await import(${JSON.stringify(store)}); const open = () => openSqliteStore({ file: ${JSON.stringify(join(folder, "owlbound.db"))}, now: Date.now });`;
  const script = join(folder, "run.mjs");
  writeFileSync(script, `${open}\n${source}`);
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const out of [child.stdout, child.stderr]) out.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { said, code };
}

test("a process that waits for nothing but long reads goes on until all of them are answered", async () => {
  const many = "await Promise.all(Array.from({ length: 20 }, () => store.slow.selectFrom('workspaces').selectAll().execute()))";
  const { said, code } = await run(`const store = await open(); const answers = ${many}; console.log(answers.map((rows) => rows.length).join("")); await store.close();`);
  expect([said.trim(), code]).toEqual(["0".repeat(20), 0]);
});

test("a reader that nobody waits for keeps no process", async () => {
  expect(await run(`const store = await open(); await store.slow.selectFrom("workspaces").selectAll().execute(); console.log("read");`)).toEqual({ said: "read\n", code: 0 });
});
