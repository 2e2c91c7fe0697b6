import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "../core/errors.ts";
import { aptInstall } from "./browser.ts";
import { runStages, vitest } from "./stages.ts";

interface Cluster {
  url: string;
  stop(): Promise<void>;
}

const given = process.env["DATABASE_URL"];
const cluster = given === undefined ? await startCluster() : { url: given, stop: () => Promise.resolve() };
process.on("exit", () => void cluster.stop());
await runStages([vitest("on PostgreSQL", ["--project", "unit", "store", "api", "collector", "worker"], { OWLBOUND_TEST_DATABASE_URL: cluster.url }), { name: "stop", run: async () => (await cluster.stop(), { passed: 1, failed: 0 }) }]);

/** A private PostgreSQL on a free loopback port, from Debian's package; durable as in production. */
async function startCluster(): Promise<Cluster> {
  const bin = await findBinaries();
  const user = process.getuid?.() === 0 ? "postgres" : undefined;
  const folder = mkdtempSync(join(tmpdir(), "owlbound-postgres-"));
  const data = join(folder, "data");
  mkdirSync(data);
  const id = user === undefined ? {} : { uid: idOf(user, "-u"), gid: idOf(user, "-g") };
  if (id.uid !== undefined && id.gid !== undefined) for (const path of [folder, data]) chownSync(path, id.uid, id.gid);
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", "owlbound", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"], { stdio: "ignore", ...id });
  const port = await freePort();
  const server = spawn(join(bin, "postgres"), ["-D", data, "-h", "127.0.0.1", "-p", String(port), "-k", "", "-c", "max_connections=200"], { stdio: "ignore", ...id });
  await ready(bin, port, server);
  return { url: `postgres://owlbound@127.0.0.1:${port}/postgres`, stop: () => stopCluster(server, folder) };
}

async function findBinaries(): Promise<string> {
  const find = () => globSync("/usr/lib/postgresql/*/bin").toSorted().findLast((folder) => existsSync(join(folder, "initdb")));
  if (find() === undefined && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) await aptInstall("postgresql");
  const found = find();
  if (found === undefined) throw new OperatorError("No PostgreSQL server was found. Set DATABASE_URL, or install one: apt-get install postgresql");
  return found;
}

const idOf = (user: string, flag: string) => Number(execFileSync("id", [flag, user], { encoding: "utf8" }).trim());

async function ready(bin: string, port: number, server: ChildProcess): Promise<void> {
  for (let i = 0; i < 150; i++) {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`);
    try {
      execFileSync(join(bin, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error("postgres did not get ready within 30 s");
}

function stopCluster(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.on("exit", () => {
      rmSync(folder, { recursive: true, force: true });
      resolve();
    });
    server.kill("SIGINT");
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}
