import { build } from "./build.ts";
import { endWithChildren } from "./exec.ts";
import { check, runStages, step, vitest } from "./stages.ts";

endWithChildren();

/** Ends what hangs; each takes a third of it where the machine is its own. */
const limitMs = 15 * 60_000;

/** What `npm test` and `npm run verify` run: everything that has to hold before a change lands. */
const held = await runStages([
  step("build", () => build({ force: true })),
  // Imported when its turn comes, so that a room that can't load fails its stage and not the whole run.
  step("browser present", async () => {
    const { ensureBrowser } = await import("./browser.ts");
    process.env["OWLBOUND_TEST_CHROMIUM"] = await ensureBrowser();
  }),
  check("types", "tsc", ["--noEmit", "-p", "."]),
  check("lint", "oxlint", ["--deny-warnings"]),
  check("room boundaries", "node", ["scripts/boundaries.ts"]),
  check("unused code", "knip", ["--no-progress", "--treat-config-hints-as-errors"]),
  check("used by tests only", "knip", ["--no-progress", "--production", "--include=files,exports"]),
  step("size gate", async () => {
    const { checkTagSize } = await import("../snippet/size.ts");
    process.stdout.write(`the tag's core is ${await checkTagSize("dist/tag")} bytes\n`);
  }),
  vitest("unit and store", ["--project", "unit"], { limitMs }),
  vitest("journeys", ["--project", "journey"], { limitMs }),
  vitest("faults", ["--project", "faults"], { limitMs }),
]);
process.exit(held ? 0 : 1);
