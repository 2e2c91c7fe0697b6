import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSetupToken } from "../api/console/index.ts";
import { createKey, createWorkspace, listKeys, listWorkspaces } from "../api/keys/index.ts";
import { type Config, parseConfig } from "../core/config.ts";
import { OperatorError } from "../core/errors.ts";
import { startDemoSite } from "../demo-site/serve.ts";
import type { Store } from "../store/store.ts";
import { createDemoWorkflow } from "./demo.ts";
import { startServer } from "./server.ts";
import { untilStopped } from "./stop.ts";

const demoPortDefault = 8788;
const demoKeyName = "Demo site";

interface FirstRun {
  workspaceId: string;
  /** The site's own key, anonymous by default. */
  publishableKey: string;
  /** Known only to the first start: afterwards only its digest is left. */
  secretKey: string | undefined;
  demoKey: string;
}

/** What `npm start` runs: server and demo site, with a workspace made at the first start. Ends with the process. */
export async function start(env: Record<string, string | undefined>): Promise<void> {
  try {
    const config = parseConfig({}, env);
    const demoPort = config.demoPort ?? demoPortDefault;
    const demoHost = `${config.host === "0.0.0.0" ? "127.0.0.1" : config.host}:${demoPort}`;
    const demoUrl = `http://${demoHost}`;
    // The demo's workflow tells the demo site's team, which is on this machine.
    const server = await startServer({ ...config, allowOutbound: [...config.allowOutbound, demoHost] });
    const made = await ensureWorkspace(server.store, demoUrl);
    if (made.secretKey !== undefined) await createDemoWorkflow(server.parts, made.workspaceId, `${demoUrl}/team`);
    const demo = await startDemo(config, demoPort, { scriptUrl: server.parts.publicUrl() + config.tagPath, key: made.demoKey });
    const token = await createSetupToken(server.store, Date.now(), made.workspaceId);
    const link = `${server.parts.publicUrl()}/console/#setup=${token}`;
    const linkFile = keepLink(config.dataDir, link);
    process.stdout.write(summary({ url: server.parts.publicUrl(), demoUrl, link, config, made }));
    await untilStopped(async () => {
      rmSync(linkFile, { force: true });
      await demo.close();
      await server.close();
    });
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    process.exit();
  }
}

/** One workspace with one secret and one publishable key; the demo site gets a key of its own, so that the check "is the tag installed?" speaks of the real site. */
async function ensureWorkspace(store: Store, demoUrl: string): Promise<FirstRun> {
  const now = Date.now();
  const [existing] = await listWorkspaces(store.read);
  const workspaceId = existing?.id ?? (await createWorkspace(store, now, { name: "My workspace" })).id;
  const keys = (await listKeys(store.read, workspaceId)).filter((key) => key.revoked_at === null && (key.expires_at === null || key.expires_at > now));
  const secretKey = existing ? undefined : (await createKey(store, now, { workspaceId, type: "secret" })).key;
  const website = keys.find((key) => key.type === "publishable" && key.name !== demoKeyName)?.public_text;
  const publishableKey = website ?? (await createKey(store, now, { workspaceId, type: "publishable", name: "Website" })).key;
  const demoOrigins = JSON.stringify([demoUrl]);
  const demo = keys.find((key) => key.name === demoKeyName && key.allowed_origins === demoOrigins)?.public_text;
  const demoKey = demo ?? (await createKey(store, now, { workspaceId, type: "publishable", name: demoKeyName, origins: [demoUrl], mode: "identified" })).key;
  return { workspaceId, publishableKey, secretKey, demoKey };
}

async function startDemo(config: Config, port: number, tag: { scriptUrl: string; key: string }): Promise<{ close(): Promise<void> }> {
  try {
    return await startDemoSite({ host: config.host, port, tag });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
      throw new OperatorError(`Port ${port} (demo site) is taken. Choose another: DEMO_PORT=8791 npm start`);
    }
    throw error;
  }
}

/** The link also lies in a file that only its owner reads, for machines whose terminal is far away. */
function keepLink(dataDir: string, link: string): string {
  const file = join(dataDir, "console-link");
  if (existsSync(file)) chmodSync(file, 0o600);
  writeFileSync(file, `${link}\n`, { mode: 0o600 });
  return file;
}

function summary({ url, demoUrl, link, config, made }: { url: string; demoUrl: string; link: string; config: Config; made: FirstRun }): string {
  const colour = process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined;
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const label = (text: string) => paint(2, text.padEnd(10));
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8")) as { version: string };
  const store = config.databaseUrl === undefined ? join(config.dataDir, "owlbound.db") : "PostgreSQL";
  const lines = [
    "",
    `  ${paint(1, "Owlbound")} ${version} is ready`,
    "",
    `  ${label("Console")} ${paint(36, link)}`,
    `  ${label("")} opens once, within 30 minutes; a new one: npm run -s owlbound -- console link`,
    `  ${label("API")} ${url}/v1`,
    `  ${label("Demo site")} ${paint(36, demoUrl)}`,
    `  ${label("Data")} ${store}`,
    "",
    "  Paste this into your site's <head>:",
    "",
    `    <script async src="${url}${config.tagPath}" data-key="${made.publishableKey}"></script>`,
    "",
    "  Or send a signal by hand:",
    "",
    `    curl -X POST ${url}/v1/signals -H "X-API-Key: ${made.publishableKey}" -H "Content-Type: application/json" \\`,
    `      -d '{"type":"website_visit","data":{"pageUrl":"/pricing"},"priority":"high"}'`,
    "",
  ];
  if (made.secretKey !== undefined) lines.push(`  ${paint(33, "Your secret key, shown this once:")} ${made.secretKey}`, "");
  return `${lines.join("\n")}\n`;
}
