import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";

const bootstrap = join(import.meta.dirname, "bootstrap.mjs");
const package1 = { version: "1.0.0", integrity: "sha512-one" };
const lockOf = (packages: Record<string, object>) => JSON.stringify({ lockfileVersion: 3, packages: { "": {}, ...packages } });

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

/** A project in a folder with a space in its name, whose `npm` only notes that it was called and does what `npm` says. */
function project(npm = "exit 0") {
  const folder = mkdtempSync(join(tmpdir(), "owlbound boot-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ["scripts", "node_modules", "bin"]) mkdirSync(join(folder, name));
  cpSync(bootstrap, join(folder, "scripts/bootstrap.mjs"));
  writeFileSync(join(folder, "package-lock.json"), lockOf({ "node_modules/one": package1 }));
  writeFileSync(join(folder, "bin/npm"), `#!/bin/sh\necho "$@" >> "${folder}/npm-calls"\n${npm}\n`, { mode: 0o755 });
  writeFileSync(join(folder, "scripts/start.ts"), 'const from: string = "start";\nprocess.stdout.write(`${from} ${process.cwd()}`);');
  const calls = () => (existsSync(join(folder, "npm-calls")) ? readFileSync(join(folder, "npm-calls"), "utf8").trim().split("\n") : []);
  return { folder, calls, write: (path: string, text: string) => writeFileSync(join(folder, path), text) };
}

function spawnBootstrap(folder: string, args: string[], more: { node?: string[]; env?: Record<string, string> } = {}): ChildProcess {
  const { npm_execpath: _, ...env } = process.env;
  const PATH = [join(folder, "bin"), env["PATH"] ?? ""].join(delimiter);
  return spawn(process.execPath, [...(more.node ?? []), join(folder, "scripts/bootstrap.mjs"), ...args], { cwd: tmpdir(), env: { ...env, PATH, ...more.env } });
}

function ended(child: ChildProcess): Promise<Ended> {
  let out = "";
  let err = "";
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, out, err })));
}

const boot = (folder: string, args: string[], more?: Parameters<typeof spawnBootstrap>[2]) => ended(spawnBootstrap(folder, args, more));

describe("installing", () => {
  test("happens once for one lockfile, devDependencies included, and again when the lockfile changes", async () => {
    const { folder, calls, write } = project();
    const env = { NODE_ENV: "production" };
    expect(await boot(folder, ["start"], { env })).toMatchObject({ code: 0, out: `start ${tmpdir()}` });
    expect(await boot(folder, ["start"], { env })).toMatchObject({ code: 0, err: "" });
    expect(calls()).toEqual([expect.stringMatching(/^ci .*--include=dev/)]);
    write("package-lock.json", lockOf({ "node_modules/one": { ...package1, version: "1.0.1" } }));
    expect((await boot(folder, ["start"], { env })).code).toBe(0);
    expect(calls()).toHaveLength(2);
  });

  test("is left out when npm's own record already holds the whole lockfile", async () => {
    const { folder, calls, write } = project();
    write("node_modules/.package-lock.json", lockOf({ "node_modules/one": package1 }));
    expect((await boot(folder, ["start"])).code).toBe(0);
    expect(calls()).toEqual([]);
  });

  test("is not left out when a package has another version, or this machine's runtime is missing", async () => {
    const { folder, calls, write } = project();
    write("node_modules/.package-lock.json", lockOf({ "node_modules/one": { ...package1, version: "0.9.0" } }));
    expect((await boot(folder, ["start"])).code).toBe(0);
    expect(calls()).toHaveLength(1);

    const runtime = { version: "24.0.0", os: [process.platform], cpu: [process.arch], optional: true };
    write("node_modules/.package-lock.json", lockOf({ "node_modules/one": package1 }));
    write("package-lock.json", lockOf({ "node_modules/one": package1, [`node_modules/node-linux-${process.arch}`]: runtime }));
    expect((await boot(folder, ["start"])).code).toBe(0);
    expect(calls()).toHaveLength(2);
  });

  test.each([
    ["offline", "npm error code EAI_AGAIN", /network/],
    ["a folder of somebody else", "npm error code EACCES", /can't be written/],
    ["a full disk", "npm error code ENOSPC", /No space left/],
  ])("that fails says in one line what to mend: %s", async (_, npmError, fix) => {
    const { folder } = project(`echo "${npmError}" >&2; exit 1`);
    const { code, err } = await boot(folder, ["start"]);
    expect(code).toBe(1);
    expect(err.trim().split("\n").slice(1)).toEqual([expect.stringMatching(fix)]);
    expect(existsSync(join(folder, "node_modules/.owlbound-stamp"))).toBe(false);
  });
});

describe("the runtime", () => {
  const pretend = (version: string) => ["--import", `data:text/javascript,${encodeURIComponent(`Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`)}`];

  test("too old and without a pinned one ends with one line that names the fix", async () => {
    const { folder, write } = project();
    write("node_modules/.package-lock.json", lockOf({ "node_modules/one": package1 }));
    const { code, out, err } = await boot(folder, ["start"], { node: pretend("22.11.9") });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err.trim().split("\n")).toEqual([expect.stringMatching(/^Node 22\.11\.9 is too old: .*22\.12.*Install it/)]);
  });

  test.each(["22.12.0", "23.0.0", "24.1.0"])("%s of the machine is taken where nothing is pinned", async (version) => {
    const { folder, write } = project();
    write("node_modules/.package-lock.json", lockOf({ "node_modules/one": package1 }));
    expect(await boot(folder, ["start"], { node: pretend(version) })).toMatchObject({ code: 0, out: `start ${tmpdir()}` });
  });

  test.runIf(process.platform === "linux")("that is pinned is taken before the machine's own", async () => {
    const { folder, write } = project();
    const bin = join(folder, `node_modules/node-linux-${process.arch}/bin`);
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "node"), '#!/bin/sh\necho "pinned $@"\n', { mode: 0o755 });
    write("node_modules/.package-lock.json", lockOf({ "node_modules/one": package1 }));
    expect((await boot(folder, ["start"])).out).toMatch(/^pinned .*start\.ts\n$/);
  });
});

describe("the script", () => {
  test("gets its arguments, spaces included, and its exit code is handed on", async () => {
    const { folder, write } = project();
    write("scripts/a b.ts", "process.stdout.write(JSON.stringify(process.argv.slice(2)));\nprocess.exit(7);");
    expect(await boot(folder, ["run", "scripts/a b.ts", "--x", "y z"])).toMatchObject({ code: 7, out: '["--x","y z"]' });
  });

  test.each(["SIGTERM", "SIGINT"] as const)("gets %s and may end in its own time", async (signal) => {
    const { folder, write } = project();
    write("scripts/wait.ts", 'const t = setInterval(() => {}, 1000);\nfor (const s of ["SIGTERM", "SIGINT"]) process.on(s, () => { clearInterval(t); process.stdout.write(`got ${s}`); process.exitCode = 3; });\nprocess.stdout.write("up ");');
    const child = spawnBootstrap(folder, ["run", "scripts/wait.ts"]);
    const end = ended(child);
    child.stdout?.once("data", () => child.kill(signal));
    expect(await end).toMatchObject({ code: 3, out: `up got ${signal}` });
  });

  test("that is ended by a signal ends its parent by the same one", async () => {
    const { folder, write } = project();
    write("scripts/die.ts", 'process.kill(process.pid, "SIGTERM");\nsetInterval(() => {}, 1000);');
    expect(await boot(folder, ["run", "scripts/die.ts"])).toMatchObject({ signal: "SIGTERM" });
  });

  test("without a name is a line on how to use it", async () => {
    const { folder } = project();
    expect(await boot(folder, ["run"])).toMatchObject({ code: 1, err: expect.stringMatching(/^usage: /) });
  });

  // Without `exec` in package.json a shell stands between: npm ends it, and leaves a server behind that holds its port.
  test("of `npm start` gets the SIGTERM that npm gets", async () => {
    const { folder, write } = project();
    const { scripts } = JSON.parse(readFileSync(join(bootstrap, "../../package.json"), "utf8")) as { scripts: { start: string } };
    write("package.json", JSON.stringify({ type: "module", scripts: { start: scripts.start } }));
    write("node_modules/.package-lock.json", lockOf({ "node_modules/one": package1 }));
    write("scripts/start.ts", 'const t = setInterval(() => {}, 1000);\nprocess.on("SIGTERM", () => setTimeout(() => { clearInterval(t); process.stdout.write("ended"); }, 300));\nprocess.stdout.write("up ");');
    const npm = spawn("npm", ["start", "--silent"], { cwd: folder });
    const end = ended(npm);
    npm.stdout.once("data", () => npm.kill("SIGTERM"));
    expect((await end).out).toBe("up ended");
  });
});
