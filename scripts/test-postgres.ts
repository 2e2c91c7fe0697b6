import { randomBytes } from "node:crypto";
import { join } from "node:path";
import pg from "pg";
import { openPostgresStore } from "../store/postgres/index.ts";
import { build } from "./build.ts";
import { endWithChildren, root } from "./exec.ts";
import { type Cluster, startPostgres } from "./postgres.ts";
import { runStages, step, vitest } from "./stages.ts";

const given = process.env["DATABASE_URL"];
let cluster: Cluster | undefined;
let dropTemplate = () => Promise.resolve();
const stop = async () => {
  await dropTemplate().finally(() => cluster?.stop());
};
endWithChildren(stop);

const limitMs = 15 * 60_000;

/** The rooms whose suites run on either database; whole paths, since vitest takes a word for any part of a path. */
const suites = ["store", "collector", "api", "worker"].map((room) => join(root, room, "/"));

/** An empty database with today's schema, which tests copy; its name. */
async function makeTemplate(server: string): Promise<string> {
  const name = `owlbound_template_${randomBytes(4).toString("hex")}`;
  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await run(`CREATE DATABASE ${name}`);
  dropTemplate = () => run(`DROP DATABASE IF EXISTS ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const store = await openPostgresStore({ url: url.href, now: Date.now });
  await store.close();
  return name;
}

/** What `npm run test:postgres` runs: the suites that know a database, on a real PostgreSQL. */
const held = await runStages([
  step("build", () => build()),
  step("PostgreSQL", async () => {
    if (given === undefined) cluster = await startPostgres();
    const url = given ?? cluster?.url ?? "";
    process.env["OWLBOUND_TEST_DATABASE_URL"] = url;
    process.env["OWLBOUND_TEST_TEMPLATE"] = await makeTemplate(url);
    process.stdout.write(given === undefined ? `started at ${url}\n` : "the one that DATABASE_URL names\n");
  }),
  vitest("on PostgreSQL", ["--project", "unit", "--exclude", "**/sqlite/**", ...suites], { limitMs }),
  step("it was really used", async () => {
    if (cluster?.connections() === 0) throw new Error("No test connected to PostgreSQL: the suites ran on something else.");
  }),
]);
await stop();
process.exit(held ? 0 : 1);
