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
  let ahead = 0;
  const server = await startServer(parseConfig({ port: "0", data, "log-level": "silent" }, {}), { clock: { now: () => Date.now() + ahead } });
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

  const short = JSON.parse((await owlbound("key", "create", "--data", data, "--workspace", workspace, "--type", "secret", "--expires", new Date(Date.now() + 86_400_000).toISOString(), "--json")).out);
  expect(await ask(short.key)).toBe(200);
  ahead = 86_400_000;
  expect(await ask(short.key)).toBe("API_KEY_EXPIRED");
  const list = await owlbound("key", "list", "--data", data, "--workspace", workspace);
  expect(list.out.split("\n")).toHaveLength(3);
  expect(list.out).not.toContain(made.key);
});

test("a workspace's plan and cap hold from the running server's next request", async () => {
  const data = folder();
  const server = await startServer(parseConfig({ port: "0", data, "log-level": "silent" }, {}));
  onTestFinished(() => server.close());
  const { id: workspace } = JSON.parse((await owlbound("workspace", "create", "--data", data, "--name", "Acme", "--json")).out);
  const { key } = JSON.parse((await owlbound("key", "create", "--data", data, "--workspace", workspace, "--type", "secret", "--json")).out);
  const ask = async () => {
    const answer = await fetch(`${server.url}/v1/contacts`, { headers: { "x-api-key": key } });
    return [answer.status, answer.headers.get("x-ratelimit-limit")];
  };
  const cap = async (...args: string[]) => {
    const { out, err } = await owlbound("workspace", "cap", workspace, "--data", data, ...args);
    return out || err;
  };
  expect(await ask()).toEqual([200, null]);
  expect((await owlbound("workspace", "plan", workspace, "--data", data, "--plan", "pro")).out).toBe("Workspace Acme is on the plan pro.");
  expect(await ask()).toEqual([200, "120"]);
  await server.store.write(() => Promise.resolve());
  expect(await cap()).toBe("There is no cap on credits. Set one with --credits.");
  expect(await cap("--credits", "3")).toBe("2 of 3 credits are used this month.");
  expect([(await ask())[0], (await ask())[0]]).toEqual([200, 402]);
  expect(JSON.parse(await cap("--credits", "4", "--period", "total", "--json"))).toEqual({ id: workspace, cap: { credits: 4, period: "total", used: 3 } });
  expect([(await ask())[0], (await ask())[0]]).toEqual([200, 402]);
  expect(await cap("--off")).toMatch(/^There is no cap/);
  expect((await ask())[0]).toBe(200);
  const actions = await server.store.read.selectFrom("audit").select(["actor", "action"]).where("action", "like", "workspace.%").orderBy("id").execute();
  expect(actions.map(({ actor, action }) => `${actor} ${action}`)).toEqual(["cli workspace.plan_changed", "cli workspace.cap_set", "cli workspace.cap_set", "cli workspace.cap_removed"]);
});

test("sealed secrets whose key is lost stop the start, until the CLI gives them up", async () => {
  const data = folder();
  const config = parseConfig({ port: "0", data, "log-level": "silent" }, {});
  const server = await startServer(config);
  const now = Date.now();
  await server.store.write((tx) => tx.insertInto("connectors").values({ workspace_id: "w", id: "c", integration: "slack", name: "x", enabled: 1, target: null, config: "{}", secrets: '{"webhookUrl":"v1.x"}', credentials_at: now, created_at: now, updated_at: now, archived_at: null }).execute());
  await server.close();
  rmSync(join(data, "secret.key"));
  const refused = await owlbound("serve", "--port", "0", "--data", data);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("owlbound secrets forget")]);
  expect(JSON.parse((await owlbound("secrets", "forget", "--data", data, "--json")).out)).toEqual({ connectors: 1, webhooks: 0, signedInboundHooks: 0 });
  await (await startServer(config)).close();
});

test("a key's origins are listed and changed, from the running server's next request on", async () => {
  const data = folder();
  const server = await startServer(parseConfig({ port: "0", data, "log-level": "silent" }, {}));
  onTestFinished(() => server.close());
  const { id: workspace } = JSON.parse((await owlbound("workspace", "create", "--data", data, "--name", "Acme", "--json")).out);
  const made = JSON.parse((await owlbound("key", "create", "--data", data, "--workspace", workspace, "--type", "publishable", "--json")).out);
  const origins = async (...args: string[]) => (await owlbound("key", "origins", made.id, "--data", data, ...args)).out.split("\n");
  const shop = "https://shop.example.com";
  const site = "https://www.example.com";
  const send = async (origin: string) =>
    (await fetch(`${server.url}/v1/signals`, { method: "POST", headers: { "x-api-key": made.key, "content-type": "text/plain", origin }, body: '{"type":"website_visit","data":{"pageUrl":"/"}}' })).status;

  expect(await origins()).toEqual(["Any site may use this key. Name those that may with --allow."]);
  expect(await send(shop)).toBe(201);
  expect(await origins("--allow", site)).toEqual([site]);
  expect([await send(shop), await send(site)]).toEqual([403, 201]);
  expect(await origins("--allow", `${shop},${site}/`)).toEqual([site, shop]);
  expect([await send(shop), await send(site)]).toEqual([201, 201]);
  expect(JSON.parse((await origins("--remove", site, "--json")).join(""))).toEqual({ id: made.id, origins: [shop] });
  expect([await send(shop), await send(site)]).toEqual([201, 403]);
  expect(await origins()).toEqual([shop]);
  const changes = await server.store.read.selectFrom("audit").select("detail").where("action", "=", "key.origins_changed").orderBy("id").execute();
  expect(changes.map(({ detail }) => JSON.parse(detail).after)).toEqual([[site], [site, shop], [shop]]);
});

test("origins that can't hold are refused, and nothing is changed", async () => {
  const data = folder();
  const { id: workspace } = JSON.parse((await owlbound("workspace", "create", "--data", data, "--name", "Acme", "--json")).out);
  const make = async (type: string, ...more: string[]) => JSON.parse((await owlbound("key", "create", "--data", data, "--workspace", workspace, "--type", type, "--json", ...more)).out).id as string;
  const key = await make("publishable", "--origin", "https://www.example.com");
  const secret = await make("secret");
  const cases: [string, string[], RegExp][] = [
    [key, ["--allow", "https://www.example.com/shop"], /Did you mean https:\/\/www\.example\.com\?$/],
    [key, ["--allow", "https://*.example.com"], /wildcard/],
    [key, ["--allow", "shop"], /not an origin/],
    [key, ["--allow", ""], /No origin is named/],
    [key, ["--remove", "https://shop.example.com"], /has no https:\/\/shop\.example\.com/],
    [key, ["--remove", "https://www.example.com"], /would leave no origin/],
    [secret, ["--allow", "https://www.example.com"], /is a secret key/],
    [secret, [], /is a secret key/],
    ["nope", [], /no key nope/],
  ];
  for (const [id, args, line] of cases) {
    const { err, code } = await owlbound("key", "origins", id, "--data", data, ...args);
    expect([args, code]).toEqual([args, 1]);
    expect(err).toMatch(line);
  }
  await owlbound("key", "revoke", key, "--data", data);
  expect((await owlbound("key", "origins", key, "--data", data, "--allow", "https://shop.example.com")).err).toMatch(/revoked/);
  expect((await owlbound("key", "origins", key, "--data", data)).out).toBe("https://www.example.com");
});

test("misuse is one line that names the fix, and a non-zero exit", async () => {
  const data = folder();
  const cases: [string[], RegExp][] = [
    [["workspace", "create", "--data", data], /--name is missing/],
    [["key", "create", "--data", data, "--workspace", "nope", "--type", "secret"], /no workspace nope/],
    [["workspace", "plan", "nope", "--data", data, "--plan", "pro"], /no workspace nope/],
    [["workspace", "plan", "nope", "--data", data, "--plan", "gold"], /--plan is one of starter/],
    [["workspace", "cap", "--data", data], /workspace's id is missing/],
    [["workspace", "cap", "nope", "--data", data], /no workspace nope/],
    [["workspace", "cap", "nope", "--data", data, "--credits", "-1"], /--credits/],
    [["workspace", "cap", "nope", "--data", data, "--credits", "many"], /no whole number/],
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
