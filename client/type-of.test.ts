import { expect, test } from "vitest";
import { z } from "zod";
import { createSchemas } from "../core/json-schema.ts";
import { typeOf } from "./type-of.ts";

type Step = { do: string; next?: Step[] };
const Step: z.ZodType<Step> = z.lazy(() => z.strictObject({ do: z.string(), next: z.array(Step).optional() }));
const flag = z.enum(["true", "false", "1", "0"]);

test.each<[string, z.ZodType, string]>([
  ["optional and null", z.object({ a: z.string().optional(), b: z.number().nullable(), "c-d": z.boolean().default(true) }), '{ a?: string; b: number | null; "c-d"?: boolean }'],
  ["words", z.enum(["new", "lost"]), '"new" | "lost"'],
  ["one of several", z.discriminatedUnion("k", [z.object({ k: z.literal("a") }), z.object({ k: z.literal("b"), n: z.int() })]), '{ k: "a" } | { k: "b"; n: number }'],
  ["both", z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })), "{ a: string; b: string }"],
  ["lists of either", z.array(z.union([z.string(), z.number()])), "Array<string | number>"],
  ["a tuple", z.tuple([z.string(), z.number()]), "[string, number]"],
  ["a map", z.record(z.string(), z.number()), "Record<string, number>"],
  ["known fields and more", z.looseObject({ a: z.string() }), "{ a: string; [more: string]: unknown }"],
  ["what is read as something else", z.coerce.number().int(), "number"],
  ["what is changed on its way in", z.string().transform((text) => text.length), "string"],
  ["itself", Step, "NamePart0"],
  ["a remark that tries to end the comment", z.object({ a: z.string().describe("ends */ here") }), String.raw`{ /** ends *\/ here */ a: string }`],
  ["anything", z.unknown(), "unknown"],
])("a type says %s", (_what, schema, type) => {
  expect(typeOf(createSchemas("#/").of(schema, "sent", "Name"))).toBe(type);
});

test("a flag of a query is a boolean to a program, and words elsewhere", () => {
  const schema = createSchemas("#/").of(z.object({ archived: flag }), "sent", "Name");
  expect(typeOf(schema, { words: true })).toBe("{ archived: boolean }");
  expect(typeOf(schema)).toBe('{ archived: "0" | "1" | "true" | "false" }');
});
