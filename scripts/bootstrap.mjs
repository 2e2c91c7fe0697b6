// Node built-ins only, Node 18 or newer: this runs before anything is installed.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const stampFile = join(modules, ".owlbound-stamp");
const oldestNode = [22, 12];

const entries = { start: "scripts/start.ts", test: "scripts/test.ts" };

const [what = "start", ...rest] = process.argv.slice(2);
const script = what === "run" ? rest.shift() : entries[what];
if (script === undefined) quit("usage: bootstrap.mjs start | test | run FILE [args]");

install();
run(runtime(), [join(root, script), ...rest]);

/** Installs exactly what the lockfile says, unless that was done already. */
function install() {
  const stamp = createHash("sha256").update(readFileSync(join(root, "package-lock.json"))).update(`${process.platform} ${process.arch}`).digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  process.stderr.write("Installing what is missing (once) …\n");
  try {
    const command = process.env.npm_execpath ? process.execPath : "npm";
    const first = process.env.npm_execpath ? [process.env.npm_execpath] : [];
    // The build needs devDependencies whatever NODE_ENV says.
    execFileSync(command, [...first, "ci", "--include=dev", "--include=optional", "--loglevel=error", "--no-audit", "--no-fund"], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    writeFileSync(stampFile, stamp);
  } catch (error) {
    quit(explain(`${error.stderr ?? ""}${error.message ?? ""}`));
  }
}

function explain(text) {
  if (/EACCES|EPERM|EROFS/.test(text)) return `The folder ${root} can't be written. Clone it somewhere you own, or mend its permissions.`;
  if (/ENOSPC/.test(text)) return `No space left on the disk of ${root}. Free about 600 MB and run it again.`;
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET/.test(text)) return "The npm registry can't be reached. Check the network or npm's registry and proxy settings, then run it again.";
  return `npm ci failed:\n${text.trim().split("\n").slice(-15).join("\n")}`;
}

/** The Node of the lockfile where there is one for this machine, else the machine's own when it is new enough. */
function runtime() {
  const pinned = join(modules, `node-linux-${process.arch}`, "bin", "node");
  if (process.platform === "linux" && existsSync(pinned) && runs(pinned)) return pinned;
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return process.execPath;
  quit(`Node ${process.versions.node} is too old: Owlbound needs ${oldestNode.join(".")} or newer. Install it from https://nodejs.org, then run it again.`);
}

/** musl systems have the file but can't run it. */
function runs(node) {
  try {
    execFileSync(node, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function run(node, args) {
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", ...args], { stdio: "inherit", env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ""}` } });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => quit(`${node} can't be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGTERM" || signal === "SIGINT" ? 0 : 1);
    process.exit();
  });
}

function quit(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}
