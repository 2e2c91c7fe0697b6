import { defineConfig } from "vitest/config";

/** Limits end what hangs; on a machine that is busy otherwise, no test may fail by them. */
const unitLimits = { testTimeout: 120_000, hookTimeout: 120_000 };
const slowLimits = { testTimeout: 300_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    // Two cores: more workers only wait for each other.
    maxWorkers: 2,
    pool: "forks",
    projects: [
      {
        test: {
          name: "unit",
          include: ["{snippet,collector,core,store,api,worker,client,console,cli,demo-site,scripts}/**/*.test.{ts,tsx}"],
          ...unitLimits,
        },
      },
      { test: { name: "journey", include: ["test/journey/**/*.test.ts"], fileParallelism: false, ...slowLimits } },
      { test: { name: "faults", include: ["test/faults/**/*.test.ts"], fileParallelism: false, ...slowLimits } },
    ],
  },
});
