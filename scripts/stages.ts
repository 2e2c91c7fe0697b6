import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..");

/** What a stage counts towards the last line. */
export interface Count {
  passed: number;
  failed: number;
}

export interface Stage {
  name: string;
  run(): Promise<Count>;
}

/** Runs stages in order, all of them; the last line is `N passed, N failed`; exits 1 on any failure or when nothing ran. */
export async function runStages(stages: readonly Stage[]): Promise<never> {
  const total: Count = { passed: 0, failed: 0 };
  const lines: string[] = [];
  for (const stage of stages) {
    process.stdout.write(`\n── ${stage.name}\n`);
    const began = Date.now();
    const count = await stage.run().catch((error: unknown): Count => {
      process.stdout.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      return { passed: 0, failed: 1 };
    });
    // A stage in which nothing ran has proved nothing.
    const failed = count.passed + count.failed === 0 ? 1 : count.failed;
    total.passed += count.passed;
    total.failed += failed;
    lines.push(`${failed === 0 ? "ok    " : "FAILED"} ${stage.name.padEnd(24)} ${String(count.passed).padStart(5)} passed ${((Date.now() - began) / 1000).toFixed(1).padStart(7)} s`);
  }
  process.stdout.write(`\n${lines.join("\n")}\n\n${total.passed} passed, ${total.failed} failed\n`);
  process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
}

/** A command that passes or fails as a whole. */
export function check(name: string, command: string, args: string[]): Stage {
  return { name, run: async () => ((await exec(command, args)) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }) };
}

/** A run of vitest, counted test by test from its own report. */
export function vitest(name: string, args: string[], env: Record<string, string> = {}): Stage {
  return {
    name,
    run: async () => {
      const folder = mkdtempSync(join(tmpdir(), "owlbound-report-"));
      const file = join(folder, "report.json");
      try {
        const code = await exec("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...args], env);
        if (!existsSync(file)) return { passed: 0, failed: 1 };
        const report = JSON.parse(readFileSync(file, "utf8")) as { numPassedTests: number; numFailedTests: number };
        // A file that can't load, or an unhandled error, fails the run without failing a test.
        return { passed: report.numPassedTests, failed: Math.max(report.numFailedTests, code === 0 ? 0 : 1) };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Runs a command of node_modules/.bin or the machine; answers its exit code. */
export function exec(command: string, args: string[], env: Record<string, string> = {}): Promise<number> {
  const PATH = `${join(process.execPath, "..")}:${join(root, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...env, PATH } });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
