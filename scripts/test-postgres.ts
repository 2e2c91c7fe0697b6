import { join } from "node:path";
import { build } from "./build.ts";
import { endWithChildren, root } from "./exec.ts";
import { type Cluster, startPostgres } from "./postgres.ts";
import { runStages, step, vitest } from "./stages.ts";

const given = process.env["DATABASE_URL"];
let cluster: Cluster | undefined;
const stop = async () => cluster?.stop();
endWithChildren(stop);

/** The rooms whose suites run on either database; whole paths, since vitest takes a word for any part of a path. */
const suites = ["store", "collector", "api", "worker"].map((room) => join(root, room, "/"));

/** What `npm run test:postgres` runs: the suites that know a database, on a real PostgreSQL. */
const held = await runStages([
  step("build", () => build()),
  step("PostgreSQL", async () => {
    if (given === undefined) cluster = await startPostgres();
    const url = given ?? cluster?.url ?? "";
    process.env["OWLBOUND_TEST_DATABASE_URL"] = url;
    process.stdout.write(given === undefined ? `started at ${url}\n` : "the one that DATABASE_URL names\n");
  }),
  vitest("on PostgreSQL", ["--project", "unit", ...suites]),
  step("it was really used", async () => {
    if (cluster?.connections() === 0) throw new Error("No test connected to PostgreSQL: the suites ran on something else.");
  }),
]);
await stop();
process.exit(held ? 0 : 1);
