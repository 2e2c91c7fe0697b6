import { checkTagSize } from "../snippet/size.ts";
import { ensureBrowser } from "./browser.ts";
import { build } from "./build.ts";
import { check, runStages, vitest } from "./stages.ts";

const passed = { passed: 1, failed: 0 };

/** What `npm test` and `npm run verify` run: everything that has to hold before a change lands. */
await runStages([
  {
    name: "build",
    run: async () => {
      await build({ force: true });
      return passed;
    },
  },
  {
    name: "browser present",
    run: async () => {
      process.env["OWLBOUND_TEST_CHROMIUM"] = await ensureBrowser();
      return passed;
    },
  },
  check("types", "tsc", ["--noEmit", "-p", "."]),
  check("lint", "oxlint", ["--deny-warnings"]),
  check("room boundaries", "node", ["scripts/boundaries.ts"]),
  check("unused code", "knip", ["--no-progress"]),
  {
    name: "size gate",
    run: async () => {
      await checkTagSize("dist/tag");
      return passed;
    },
  },
  vitest("unit and store", ["--project", "unit"]),
  vitest("journeys", ["--project", "journey"]),
  vitest("faults", ["--project", "faults"]),
]);
