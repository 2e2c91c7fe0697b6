import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

export const root = join(import.meta.dirname, "../..");
const main = join(root, "cli/main.ts");
/** Those of scripts/bootstrap.mjs. */
const nodeFlags = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=16"];
const readyLimitMs = 60_000;

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ServerProcess {
  url: string;
  pid: number;
  /** Sends a signal and resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<Exit>;
  exit: Promise<Exit>;
}

/** Runs a script of ours in a process of its own; resolves once it has printed `ready on URL`. */
export function startProcess(script: string, args: readonly string[]): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...nodeFlags, script, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const exit = new Promise<Exit>((resolve) => child.on("exit", (code, signal) => resolve({ code, signal })));
  return new Promise((resolve, reject) => {
    const giveUp = (why: string) => {
      child.kill("SIGKILL");
      reject(new Error(`${script} ${why}: ${said}`));
    };
    const timer = setTimeout(() => giveUp("was not ready in time"), readyLimitMs);
    const hear = (chunk: Buffer) => {
      if (said.length < 10_000) said += chunk.toString();
      const url = /ready on (http\S+)/.exec(said)?.[1];
      if (url === undefined || child.pid === undefined) return;
      clearTimeout(timer);
      const kill = (signal: NodeJS.Signals) => {
        child.kill(signal);
        return exit;
      };
      resolve({ url, pid: child.pid, kill, exit });
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", (error) => giveUp(error.message));
    void exit.then(({ code }) => {
      clearTimeout(timer);
      reject(new Error(`${script} ended with ${code}: ${said}`));
    });
  });
}

/** `owlbound serve` on a free loopback port, with no limit per visitor address. */
export function serve(dataDir: string, ...flags: string[]): Promise<ServerProcess> {
  return startProcess(main, ["serve", "--data", dataDir, "--port", "0", "--visitor-limit", "0", "--log-level", "silent", ...flags]);
}

/** Runs a command of the CLI and answers its JSON. */
export async function owlbound<T>(dataDir: string, ...args: string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [...nodeFlags, main, ...args, "--data", dataDir, "--json"], { cwd: root });
  return JSON.parse(stdout) as T;
}

export interface Site {
  dataDir: string;
  workspaceId: string;
  secret: string;
  /** Mode `identified`, so that visitorIds make visitors. */
  publishable: string;
}

/** A workspace with one key of each type. */
export async function newSite(dataDir: string): Promise<Site> {
  const { id: workspaceId } = await owlbound<{ id: string }>(dataDir, "workspace", "create", "--name", "Acme");
  const key = async (...more: string[]) => (await owlbound<{ key: string }>(dataDir, "key", "create", "--workspace", workspaceId, ...more)).key;
  return { dataDir, workspaceId, secret: await key("--type", "secret"), publishable: await key("--type", "publishable", "--mode", "identified") };
}

/** Resident memory in bytes: now (`VmRSS`) or at its highest so far (`VmHWM`). Undefined where there is no /proc. */
export function memoryBytes(pid: number, which: "VmRSS" | "VmHWM"): number | undefined {
  const file = `/proc/${pid}/status`;
  const line = existsSync(file) ? new RegExp(`${which}:\\s+(\\d+) kB`).exec(readFileSync(file, "utf8")) : null;
  return line ? Number(line[1]) * 1024 : undefined;
}
