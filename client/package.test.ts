import { execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi } from "../test/support/api.ts";
import { buildClient } from "./build.ts";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "owlbound-client-"));
const built = join(folder, "built");
let tarball: Buffer;

beforeAll(async () => {
  await buildClient(built);
  const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: built, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })) as [{ filename: string }];
  tarball = readFileSync(join(folder, filename));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the package", () => {
  test("holds its module, types and README, and nothing else", () => {
    expect(createPackageFromTarballData(tarball).listFiles().map((name) => name.replace(/^.*\//, "")).toSorted()).toEqual([
      "README.md",
      "index.cjs",
      "index.d.cts",
      "index.d.ts",
      "index.js",
      "package.json",
    ]);
    expect(JSON.parse(readFileSync(join(built, "package.json"), "utf8"))).not.toHaveProperty("dependencies");
  });

  test("has no fault by publint", async () => {
    const { messages, pkg } = await publint({ pkgDir: built, strict: true, pack: false });
    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
  });

  test("has types that are right however it is imported", async () => {
    const result = await checkPackage(createPackageFromTarballData(tarball));
    expect(result).toMatchObject({ types: { kind: "included" }, problems: [] });
  });

  test("imports nothing, in code or types", () => {
    for (const name of readdirSync(built).filter((file) => file.startsWith("index."))) {
      expect([name, readFileSync(join(built, name), "utf8").match(/^\s*import |\bimport\(|\brequire\(|\bfrom "/gm)]).toEqual([name, null]);
    }
  });
});

describe("the README's examples", () => {
  const examples = [...readFileSync(join(import.meta.dirname, "README.md"), "utf8").matchAll(/```ts\n(.*?)```/gs)].map(([, text]) => text ?? "");
  const project = join(folder, "project");

  beforeAll(() => {
    mkdirSync(join(project, "node_modules/@owlbound"), { recursive: true });
    cpSync(built, join(project, "node_modules/@owlbound/client"), { recursive: true });
    symlinkSync(join(root, "node_modules/@types"), join(project, "node_modules/@types"));
    symlinkSync(join(root, "node_modules/undici-types"), join(project, "node_modules/undici-types"));
    writeFileSync(join(project, "package.json"), '{"type":"module"}');
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions: { strict: true, noEmit: true, module: "nodenext", target: "es2023", types: ["node"], skipLibCheck: false }, include: ["*.ts"] }));
    for (const [i, text] of examples.entries()) writeFileSync(join(project, `example-${i}.ts`), text);
  });

  const check = () => spawnSync(process.execPath, [join(root, "node_modules/.bin/tsc"), "-p", "."], { cwd: project, encoding: "utf8" });

  test("are three, and have the right types", () => {
    expect(examples).toHaveLength(3);
    expect(check()).toMatchObject({ stdout: "", status: 0 });
  });

  test("would not have them with a field or a method that there is not", () => {
    writeFileSync(
      join(project, "wrong.ts"),
      `import { createClient } from "@owlbound/client";
      const owlbound = createClient({ apiKey: "" });
      await owlbound.signals.create({ type: "no_such_type", data: {} });
      await owlbound.signals.list({ unactioned_only: "perhaps" });
      const { colour } = await owlbound.signals.get("x");
      await owlbound.signals.invent();`,
    );
    const { stdout } = check();
    rmSync(join(project, "wrong.ts"));
    expect(stdout.match(/wrong\.ts\(\d+/g)).toEqual([3, 4, 5, 6].map((line) => `wrong.ts(${line}`));
  });

  test("do as they say against the server", async () => {
    const api = await startApi();
    const env = { ...process.env, OWLBOUND_API_KEY: api.secret.key, OWLBOUND_API_URL: `${api.url}/api/v1` };
    const said = await Promise.all(
      examples.map(async (_text, i) => {
        const child = spawn(process.execPath, [`example-${i}.ts`], { cwd: project, env, stdio: ["ignore", "pipe", "pipe"] });
        let output = "";
        for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
        const code = await new Promise((resolve) => child.on("exit", resolve));
        return { code, output };
      }),
    );
    expect(said.map(({ code }) => code), JSON.stringify(said)).toEqual([0, 0, 0]);
    expect(said[0]?.output).toMatch(/^\w{26} is one of \d+\n$/);
    expect(said[2]?.output).toMatch(/^NOT_FOUND 404 .* req_\w+ \[\]\n$/);
  });
});
