// Node built-ins only, Node 18 or newer: this runs before anything is installed.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const stampFile = join(modules, ".owlbound-stamp");
const pinned = join(modules, `node-linux-${process.arch}`, "bin", "node");
const oldestNode = [22, 12];
const ownNodeWillDo = atLeast(process.versions.node, oldestNode);

/** Half of what Node gives to short-lived objects is enough: ingest is as fast with it, and takes 100 MB less. */
const flags = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=16"];

const entries = { start: "scripts/start.ts", test: "scripts/test.ts" };
const [what = "start", ...rest] = process.argv.slice(2);
const script = what === "run" ? rest.shift() : entries[what];
if (script === undefined) quit("usage: bootstrap.mjs start | test | run FILE [args]");

// Where no pinned runtime can come with the packages, a too old Node is told before anything is fetched.
const mayBePinned = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
if (!ownNodeWillDo && !mayBePinned) quit(tooOld());
install();
run(runtime(), [isAbsolute(script) ? script : join(root, script), ...rest]);

/** Installs exactly what the lockfile says, unless that was done already. */
function install() {
  const lock = readFileSync(join(root, "package-lock.json"));
  const stamp = createHash("sha256").update(lock).update(`${process.platform} ${process.arch}`).digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  if (!installedBySomebodyElse(JSON.parse(lock.toString()))) {
    process.stderr.write("Installing what is missing (once) …\n");
    try {
      if (existsSync(modules)) accessSync(modules, constants.W_OK);
      accessSync(root, constants.W_OK);
      npmCi();
    } catch (error) {
      quit(explain(`${error.stderr ?? ""}${error.code ?? ""} ${error.message ?? ""}`));
    }
  }
  try {
    writeFileSync(stampFile, stamp);
  } catch {
    // A read-only install that is complete is good enough; it is compared again next time.
  }
}

/** True when npm's own record of node_modules holds everything of the lockfile that this machine needs. */
function installedBySomebodyElse(lock) {
  const record = join(modules, ".package-lock.json");
  if (!existsSync(record)) return false;
  const { packages: present = {} } = JSON.parse(readFileSync(record, "utf8"));
  const fits = (list, mine) => list === undefined || list.includes(mine);
  return Object.entries(lock.packages).every(([path, { version, integrity, os, cpu, optional }]) => {
    if (path === "") return true;
    const found = present[path];
    if (found !== undefined) return found.version === version && found.integrity === integrity;
    // Of the optional packages, the runtime is the one that can't be done without.
    return optional === true && !(path.startsWith("node_modules/node-linux-") && fits(os, process.platform) && fits(cpu, process.arch));
  });
}

function npmCi() {
  // Inside `npm start` npm says where it lies; pnpm and yarn set the same variable, but have no `ci`.
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm !== undefined && basename(npm) === "npm-cli.js" ? [process.execPath, npm] : ["npm"];
  // The build needs devDependencies whatever NODE_ENV says.
  const flags = ["ci", "--include=dev", "--include=optional", "--loglevel=error", "--no-audit", "--no-fund", "--no-progress"];
  execFileSync(command, [...first, ...flags], { cwd: root, stdio: ["ignore", "ignore", "pipe"], shell: command === "npm" && process.platform === "win32" });
}

function explain(text) {
  if (/EACCES|EPERM|EROFS/.test(text)) return `The folder ${root} can't be written. Clone it somewhere you own, or mend its permissions.`;
  if (/ENOSPC|EDQUOT/.test(text)) return `No space left on the disk of ${root}. Free about 600 MB and run it again.`;
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ENOTCACHED/.test(text)) {
    return "The npm registry can't be reached. Check the network or npm's registry and proxy settings, then run it again.";
  }
  if (/spawn\S* npm ENOENT/.test(text)) return "npm was not found. Install it with Node from https://nodejs.org, then run it again.";
  // npm says what is wrong first, and how it is used after that.
  return `npm ci failed:\n${text.trim().split("\n").slice(0, 15).join("\n")}`;
}

/** The Node of the lockfile where this machine can run it (musl can't), else the machine's own when it is new enough. */
function runtime() {
  if (mayBePinned && existsSync(pinned) && runs(pinned)) return pinned;
  return ownNodeWillDo ? process.execPath : quit(tooOld());
}

function runs(node) {
  try {
    execFileSync(node, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Becomes, as far as a parent can, the process it starts: same terminal, signals and exit code. */
function run(node, args) {
  const env = {
    // Compiled code kept between runs halves the work of a start; where it can't be written Node does without.
    NODE_COMPILE_CACHE: join(modules, ".cache", "node"),
    ...process.env,
    PATH: [dirname(node), process.env.PATH ?? ""].join(delimiter),
  };
  const child = spawn(node, [...flags, ...args], { stdio: "inherit", env });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => quit(`${node} can't be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function atLeast(version, [major, minor]) {
  const [ownMajor, ownMinor] = version.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

function tooOld() {
  return `Node ${process.versions.node} is too old: Owlbound needs ${oldestNode.join(".")} or newer. Install it from https://nodejs.org, then run it again.`;
}

function quit(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}
