import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { startServer } from "../cli/server.ts";
import { parseConfig } from "../core/config.ts";

const run = promisify(execFile);
const main = join(import.meta.dirname, "main.ts");

async function owlbound(...args: string[]): Promise<{ out: string; code: number; err: string }> {
  try {
    const { stdout, stderr } = await run(process.execPath, [main, ...args], { env: { ...process.env, NODE_NO_WARNINGS: "1" } });
    return { out: stdout.trim(), err: stderr.trim(), code: 0 };
  } catch (error) {
    const failed = error as { stdout: string; stderr: string; code: number };
    return { out: failed.stdout, err: failed.stderr.trim(), code: failed.code };
  }
}

const folder = () => {
  const dir = mkdtempSync(join(tmpdir(), "owlbound-cli-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

test("keys made, revoked and rotated by the CLI hold from the running server's next request", async () => {
  const data = folder();
  const server = await startServer(parseConfig({ port: "0", data, "log-level": "silent" }, {}));
  onTestFinished(() => server.close());
  const ask = async (key: string) => {
    const answer = await fetch(`${server.url}/v1/key`, { headers: { "x-api-key": key } });
    return answer.status === 200 ? 200 : ((await answer.json()) as { error: { code: string } }).error.code;
  };
  const { id: workspace } = JSON.parse((await owlbound("workspace", "create", "--data", data, "--name", "Acme", "--plan", "pro", "--json")).out);
  const made = JSON.parse((await owlbound("key", "create", "--data", data, "--workspace", workspace, "--type", "secret", "--scopes", "signals:read,contacts:read", "--json")).out);
  expect(made.key).toMatch(/^gtm_sk_[0-9A-Za-z]{38}$/);
  expect(await ask(made.key)).toBe(200);

  const rotated = JSON.parse((await owlbound("key", "rotate", made.id, "--data", data, "--overlap", "1h", "--json")).out);
  expect([await ask(made.key), await ask(rotated.key)]).toEqual([200, 200]);
  await owlbound("key", "revoke", rotated.id, "--data", data);
  expect(await ask(rotated.key)).toBe("API_KEY_REVOKED");

  const short = JSON.parse((await owlbound("key", "create", "--data", data, "--workspace", workspace, "--type", "secret", "--expires", new Date(Date.now() + 8000).toISOString(), "--json")).out);
  await expect.poll(() => ask(short.key), { timeout: 20_000 }).toBe("API_KEY_EXPIRED");
  const list = await owlbound("key", "list", "--data", data, "--workspace", workspace);
  expect(list.out.split("\n")).toHaveLength(3);
  expect(list.out).not.toContain(made.key);
});

test("misuse is one line that names the fix, and a non-zero exit", async () => {
  const data = folder();
  const cases: [string[], RegExp][] = [
    [["workspace", "create", "--data", data], /--name is missing/],
    [["key", "create", "--data", data, "--workspace", "nope", "--type", "secret"], /no workspace nope/],
    [["fly", "--data", data], /no command "fly"/],
    [["serve", "--data", data, "--port", "eighty"], /--port=eighty/],
    [["workspace", "create", "--data", "/dev/null/data", "--name", "x"], /can't be written|is not a folder/],
  ];
  for (const [args, line] of cases) {
    const { err, code } = await owlbound(...args);
    expect([args[0], code]).toEqual([args[0], 1]);
    expect(err).toMatch(line);
    expect(err).not.toContain("    at ");
  }
});

test("a taken port is one line that names the fix", async () => {
  const server = await startServer(parseConfig({ port: "0", data: folder(), "log-level": "silent" }, {}));
  onTestFinished(() => server.close());
  const { err, code } = await owlbound("serve", "--data", folder(), "--port", new URL(server.url).port);
  expect(code).toBe(1);
  expect(err).toMatch(/^Port \d+ is taken\. Choose another: PORT=8790 npm start/);
});
