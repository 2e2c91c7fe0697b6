import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "./exec.ts";

/** What a stage counts towards the last line. */
export interface Count {
  passed: number;
  failed: number;
}

export interface Stage {
  name: string;
  run(): Promise<Count>;
}

/**
 * Runs all stages in order, also after one has failed; a stage that throws, or in which nothing ran, counts as one failure.
 * Prints how long each took and, as the last line, `N passed, N failed`. True when nothing failed.
 */
export async function runStages(stages: readonly Stage[]): Promise<boolean> {
  const total: Count = { passed: 0, failed: 0 };
  const lines: string[] = [];
  for (const stage of stages) {
    process.stdout.write(`\n── ${stage.name}\n`);
    const began = performance.now();
    const { passed, failed } = await countOf(stage);
    total.passed += passed;
    total.failed += failed;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    lines.push(`${failed === 0 ? "ok    " : "FAILED"} ${stage.name.padEnd(24)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${seconds.padStart(7)} s`);
  }
  process.stdout.write(`\n${lines.join("\n")}\n\n${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 && total.passed > 0;
}

async function countOf(stage: Stage): Promise<Count> {
  try {
    const count = await stage.run();
    if (count.passed + count.failed > 0) return count;
    process.stdout.write("nothing ran, so nothing is proved\n");
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
  return { passed: 0, failed: 1 };
}

/** A stage that passes unless it throws. */
export function step(name: string, run: () => Promise<unknown>): Stage {
  return { name, run: async () => (await run(), { passed: 1, failed: 0 }) };
}

/** A command that passes or fails as a whole. */
export function check(name: string, command: string, args: readonly string[]): Stage {
  return { name, run: async () => ((await exec(command, args)) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }) };
}

/** A run of vitest, counted test by test from its own report; ended after `limitMs` (10 min). `env` is for the tests. */
export function vitest(name: string, args: readonly string[], options: { env?: Record<string, string>; limitMs?: number } = {}): Stage {
  return {
    name,
    run: async () => {
      const folder = mkdtempSync(join(tmpdir(), "owlbound-report-"));
      const file = join(folder, "report.json");
      try {
        const code = await exec("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...args], options);
        return existsSync(file) ? countReport(readFileSync(file, "utf8"), code) : { passed: 0, failed: 1 };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** What vitest's JSON report counts. A file that can't load, or an unhandled error, fails the run without failing a test: it counts as well. */
export function countReport(report: string, exitCode: number): Count {
  const { numPassedTests, testResults } = JSON.parse(report) as Report;
  const failed = testResults.reduce((sum, file) => {
    const tests = file.assertionResults.filter(({ status }) => status === "failed").length;
    return sum + (file.status === "failed" ? Math.max(1, tests) : tests);
  }, 0);
  return { passed: numPassedTests, failed: Math.max(failed, exitCode === 0 ? 0 : 1) };
}

interface Report {
  numPassedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}
