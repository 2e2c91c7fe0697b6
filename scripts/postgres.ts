import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, closeSync, existsSync, globSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "../core/errors.ts";
import { aptInstall, canInstall } from "./debian.ts";

export interface Cluster {
  url: string;
  /** How many connections were let in so far. */
  connections(): number;
  /** Ends the server and deletes its files; may be called twice. */
  stop(): Promise<void>;
}

const memory = "/dev/shm";
const roomBytes = 4 * 2 ** 30;
const readyLimitMs = 30_000;
const stopLimitMs = 10_000;

/** A private PostgreSQL on a free loopback port, set as in production; its files vanish with it. Throws naming the fix when there is none. */
export async function startPostgres(): Promise<Cluster> {
  const bin = await findBinaries();
  const id = unprivileged();
  const folder = mkdtempSync(join(placeOfData(), "owlbound-postgres-"));
  if (id !== undefined) chownSync(folder, id.uid, id.gid);
  const data = join(folder, "data");
  const removeFiles = () => rmSync(folder, { recursive: true, force: true });
  try {
    execFileSync(join(bin, "initdb"), ["-D", data, "-U", "owlbound", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"], ...id });
    const port = await freePort();
    const settings = ["listen_addresses=127.0.0.1", `port=${port}`, "unix_socket_directories=", "fsync=on", "synchronous_commit=on", "max_connections=200", "max_wal_size=512MB", "log_connections=on"];
    const logFile = join(folder, "log");
    const log = openSync(logFile, "a");
    const server = spawn(join(bin, "postgres"), ["-D", data, ...settings.flatMap((s) => ["-c", s])], { cwd: folder, stdio: ["ignore", log, log], ...id });
    closeSync(log);
    const stop = async () => {
      await end(server);
      removeFiles();
    };
    // Even where nothing else gets a turn any more, no server is left behind.
    process.once("exit", () => server.kill("SIGQUIT") && removeFiles());
    await ready(server, bin, port).catch(async (error: unknown) => {
      const said = readFileSync(logFile, "utf8");
      await stop();
      throw new Error(`PostgreSQL did not start:\n${said}`, { cause: error });
    });
    const connections = () => readFileSync(logFile, "utf8").split("connection authorized:").length - 1;
    return { url: `postgres://owlbound@127.0.0.1:${port}/postgres`, connections, stop };
  } catch (error) {
    removeFiles();
    throw error;
  }
}

/** Memory where there is plenty: each test makes and drops a database, which flushes everything, and no test cuts the power. */
function placeOfData(): string {
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= roomBytes ? memory : tmpdir();
}

async function findBinaries(): Promise<string> {
  const version = (folder: string) => Number(/\d+/.exec(folder)?.[0]);
  const find = () => globSync("/usr/lib/postgresql/*/bin").toSorted((a, b) => version(b) - version(a)).find((folder) => existsSync(join(folder, "initdb")));
  if (find() === undefined && canInstall()) await aptInstall("postgresql");
  const found = find();
  if (found !== undefined) return found;
  throw new OperatorError("No PostgreSQL was found. Name one: DATABASE_URL=postgres://… npm run test:postgres, or (Debian) apt-get install postgresql");
}

/** PostgreSQL refuses to run as root: then its package's user takes over, else nobody. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = (name: string) => new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, "m").exec(readFileSync("/etc/passwd", "utf8"));
  const [, uid, gid] = line("postgres") ?? line("nobody") ?? [];
  if (uid === undefined || gid === undefined) throw new OperatorError("PostgreSQL does not run as root. Run the tests as another user, or name a server: DATABASE_URL=postgres://…");
  return { uid: Number(uid), gid: Number(gid) };
}

async function ready(server: ChildProcess, bin: string, port: number): Promise<void> {
  for (const from = Date.now(); Date.now() - from < readyLimitMs; await new Promise((resolve) => setTimeout(resolve, 100))) {
    if (server.exitCode !== null) throw new Error(`it ended with ${server.exitCode}`);
    try {
      execFileSync(join(bin, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
      return;
    } catch {
      // Not yet.
    }
  }
  throw new Error(`it took longer than ${readyLimitMs / 1000} s`);
}

/** A fast shutdown; one that hangs is cut short. */
function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const limit = setTimeout(() => server.kill("SIGQUIT"), stopLimitMs);
    server.once("exit", () => {
      clearTimeout(limit);
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
      probe.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no free port was found"))));
    });
  });
}
