import { join } from "node:path";
import { build } from "./build.ts";
import { endWithChildren, root } from "./exec.ts";
import { runStages, step, vitest } from "./stages.ts";

endWithChildren();
const cases = process.env["OWLBOUND_FUZZ_CASES"] ?? "10000";

/** What `npm run fuzz` runs: the fuzzer that `npm test` runs with 500 requests, in its nightly size. */
const held = await runStages([step("build", () => build()), vitest(`fuzz, ${cases} requests`, ["--project", "unit", join(root, "api/http/fuzz.test.ts")], { env: { OWLBOUND_FUZZ_CASES: cases } })]);
process.exit(held ? 0 : 1);
