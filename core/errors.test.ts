import { expect, test } from "vitest";
import { z } from "zod";
import { ApiError, detailsOf } from "./errors.ts";

const body = z.strictObject({ name: z.string(), steps: z.array(z.strictObject({ do: z.string() })).optional() });
const faults = (value: unknown, within?: string[]) => detailsOf(body.safeParse(value).error ?? expect.fail("fits"), within).map(({ path, code }) => `${path} ${code}`);

test("a detail leads to what is wrong: each unknown field is a place of its own, at any depth and below what the caller checked", () => {
  expect(faults({ naem: "x", title: "y", steps: [{ do: "tag" }, { do: "tag", ad: [] }] })).toEqual(["name invalid_type", "steps.1.ad unrecognized_keys", "naem unrecognized_keys", "title unrecognized_keys"]);
  expect(faults({ name: "x", url: "y" }, ["config"])).toEqual(["config.url unrecognized_keys"]);
});

test("thousands of unknown fields, and names without end, make no answer that is larger than what was sent", () => {
  expect(faults(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`field${i}`, 1])))).toHaveLength(50);
  expect(JSON.stringify(detailsOf(body.safeParse({ name: "x", ["k".repeat(100_000)]: 1 }).error ?? expect.fail("fits"))).length).toBeLessThan(400);
});

test("an error with nothing more to say carries no details", () => {
  expect(new ApiError("SEQUENCE_INACTIVE", { details: [] }).details).toBeUndefined();
});
