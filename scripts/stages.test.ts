import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { countReport } from "./stages.ts";

/** A project with these scripts, `main` and no tests but the given one; scripts/main.ts is what runs. */
function project(main: string, testFile?: string) {
  const folder = mkdtempSync(join(tmpdir(), "owlbound stages-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "scripts"));
  for (const name of ["exec.ts", "stages.ts"]) cpSync(join(import.meta.dirname, name), join(folder, "scripts", name));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  symlinkSync(join(import.meta.dirname, "../node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "scripts/main.ts"), `import { check, runStages, step, vitest } from "./stages.ts";\nimport { endWithChildren, exec } from "./exec.ts";\n${main}`);
  if (testFile !== undefined) writeFileSync(join(folder, "a.test.ts"), testFile);
  return [join(folder, "scripts/main.ts")];
}

function outcome(args: string[]) {
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, VITEST: undefined } });
  return { status, stdout, last: stdout.split("\n").at(-2) };
}

const stages = (list: string) => project(`process.exit((await runStages([${list}])) ? 0 : 1);`);
const tests = (source: string) => project('process.exit((await runStages([vitest("tests", [])])) ? 0 : 1);', `import { expect, test } from "vitest";\n${source}`);

describe("the last line", () => {
  test("sums all stages, and the run passes when all did", () => {
    expect(outcome(stages('step("a", async () => {}), check("b", "node", ["-e", "0"])'))).toMatchObject({ status: 0, last: "2 passed, 0 failed" });
  });

  test("counts a stage that throws, one that exits with an error, and one whose command is missing; those after it run all the same", () => {
    const list = 'step("a", async () => { throw new Error("torn") }), check("b", "node", ["-e", "process.exit(3)"]), check("c", "no-such-command", []), step("d", async () => {})';
    const { status, last, stdout } = outcome(stages(list));
    expect({ status, last }).toEqual({ status: 1, last: "1 passed, 3 failed" });
    expect(stdout).toContain("torn");
    expect(stdout).toMatch(/^FAILED a .* s$/m);
  });

  test("is a failure when nothing ran", () => {
    expect(outcome(stages(""))).toMatchObject({ status: 1, last: "0 passed, 0 failed" });
    expect(outcome(stages('{ name: "a", run: async () => ({ passed: 0, failed: 0 }) }'))).toMatchObject({ status: 1, last: "0 passed, 1 failed" });
  });
});

describe("a run of vitest", () => {
  test("counts its tests one by one", () => {
    const { status, last } = outcome(tests('test("a", () => expect(1).toBe(1)); test("b", () => expect(1).toBe(2)); test("c", () => expect(1).toBe(1));'));
    expect({ status, last }).toEqual({ status: 1, last: "2 passed, 1 failed" });
  });

  test("fails when a file can't load, when an error is left unhandled, and when there is no test", () => {
    expect(outcome(tests('import "./missing.ts";'))).toMatchObject({ status: 1, last: "0 passed, 1 failed" });
    expect(outcome(tests('test("a", () => { void Promise.reject(new Error("lost")); expect(1).toBe(1); });'))).toMatchObject({ status: 1, last: "1 passed, 1 failed" });
    expect(outcome(project('process.exit((await runStages([vitest("tests", [])])) ? 0 : 1);'))).toMatchObject({ status: 1, last: "0 passed, 1 failed" });
  });

  test("counts a broken file beside its failed tests once", () => {
    const file = (status: string, ...tests: string[]) => ({ status, assertionResults: tests.map((t) => ({ status: t })) });
    const report = { numPassedTests: 2, testResults: [file("failed"), file("failed", "passed", "failed", "failed"), file("passed", "passed")] };
    expect(countReport(JSON.stringify(report), 1)).toEqual({ passed: 2, failed: 3 });
  });
});

describe("a command", () => {
  /** Prints the process id of a grandchild that would live for long. */
  const family = `const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" }); process.stdout.write("pid " + child.pid + "\\n"); setInterval(() => {}, 1000);`;
  const pidIn = (text: string) => Number(/pid (\d+)/.exec(text)?.[1]);

  /** Resolves when the process is gone; the test's own limit bounds the wait. */
  async function gone(pid: number): Promise<void> {
    for (;;) {
      try {
        process.kill(pid, 0);
      } catch {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test("that takes too long is ended and counts as failed", () => {
    const { status, stdout } = outcome(project(`process.exit((await exec("node", ["-e", "setInterval(() => {}, 1000)"], { limitMs: 300 })) === 1 ? 5 : 6);`));
    expect(status).toBe(5);
    expect(stdout).toContain("longer than 0.3 s");
  });

  test("is ended with all that it started when the run itself is, after the clean-up", async () => {
    const child = spawn(process.execPath, project(`endWithChildren(async () => { process.stdout.write("cleaned up"); });\nawait exec("node", ["-e", ${JSON.stringify(family)}]);`));
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes("\n")) child.kill("SIGTERM");
    });
    const signal = await new Promise((resolve) => child.on("close", (_, by) => resolve(by)));
    expect({ signal, out }).toEqual({ signal: "SIGTERM", out: expect.stringMatching(/^pid \d+\ncleaned up$/) });
    await gone(pidIn(out));
  });
});
