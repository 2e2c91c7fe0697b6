import { defineConfig } from "vitest/config";

const slow = { testTimeout: 60_000, hookTimeout: 60_000 };

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
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      { test: { name: "journey", include: ["test/journey/**/*.test.ts"], fileParallelism: false, ...slow } },
      { test: { name: "faults", include: ["test/faults/**/*.test.ts"], fileParallelism: false, testTimeout: 300_000, hookTimeout: 60_000 } },
    ],
  },
});
