import { expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { startApi, visit } from "../../test/support/api.ts";

test("stats equal the rows, the edge hour included, and name every type and priority", async () => {
  const clock = fixedClock(1_900_000_800_000 + 25 * 60_000);
  const api = await startApi({ clock });
  await api.call("POST", "/v1/signals", { body: visit() });
  clock.advance(40 * 60_000);
  await api.call("POST", "/v1/signals", { body: visit({ priority: "high" }) });
  const day = async () => (await api.call("GET", "/v1/signals/stats?time_range=day")).body.data;
  clock.advance(23 * 3_600_000 + 10 * 60_000);
  expect(await day()).toMatchObject({ total: 2, unactioned: 2, byPriority: { high: 1, medium: 1, low: 0 }, byType: { website_visit: 2, job_change: 0 } });
  // Now the first lies 24 h and 1 minute back, in the same hour as the edge.
  clock.advance(11 * 60_000);
  expect(await day()).toMatchObject({ total: 1, byPriority: { high: 1 } });
});
