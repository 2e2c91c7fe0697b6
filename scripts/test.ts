import { build } from "./build.ts";
import { endWithChildren } from "./exec.ts";
import { check, runStages, step, vitest } from "./stages.ts";

endWithChildren();

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
  vitest("unit and store", ["--project", "unit"]),
  vitest("journeys", ["--project", "journey"]),
  vitest("faults", ["--project", "faults"]),
]);
process.exit(held ? 0 : 1);
