import { type ChildProcess, spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";

export const root = join(import.meta.dirname, "..");

const limitMsDefault = 10 * 60_000;
const graceMs = 10_000;
const running = new Set<ChildProcess>();

interface Options {
  env?: Record<string, string>;
  /** The command and all that it started are ended after this long. */
  limitMs?: number;
}

/** Runs a command of node_modules/.bin or the machine in the project's folder; its exit code, 1 when it was ended by a signal or by its limit. */
export function exec(command: string, args: readonly string[], { env = {}, limitMs = limitMsDefault }: Options = {}): Promise<number> {
  const PATH = [dirname(process.execPath), join(root, "node_modules/.bin"), process.env["PATH"] ?? ""].join(delimiter);
  return new Promise((resolve, reject) => {
    // A process group of its own, so that test workers and browsers end with it.
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...env, PATH }, detached: true });
    running.add(child);
    const limit = setTimeout(() => {
      process.stdout.write(`${command} was ended: it took longer than ${limitMs / 1000} s\n`);
      endGroup(child, "SIGTERM");
      setTimeout(() => endGroup(child, "SIGKILL"), graceMs).unref();
    }, limitMs);
    const settled = () => {
      clearTimeout(limit);
      running.delete(child);
    };
    child.on("error", (error) => {
      settled();
      reject(error);
    });
    child.on("exit", (code) => {
      settled();
      // What outlived the command that started it would only disturb the next one.
      endGroup(child, "SIGKILL");
      resolve(code ?? 1);
    });
  });
}

/** From now on SIGTERM, SIGINT and SIGHUP end what `exec` started too, then call `cleanUp`, then this process. */
export function endWithChildren(cleanUp: () => Promise<void> = () => Promise.resolve()): void {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.once(signal, () => {
      for (const child of running) endGroup(child, "SIGTERM");
      void cleanUp().finally(() => process.kill(process.pid, signal));
    });
  }
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody is left in it.
  }
}
