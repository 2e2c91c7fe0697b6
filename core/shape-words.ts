import { z } from "zod";

/**
 * One of several shapes, chosen by what a value looks like, so that errors name the place inside the shape that was meant
 * (a plain union only says that none fits). `choose` answers the shape, or a sentence that names the shapes there are.
 * JSON Schema shows `meta`.
 */
export function shaped<T>(choose: (value: Record<string, unknown>) => z.ZodType<T> | string, meta: { description: string; examples?: unknown[] }): z.ZodType<T> {
  const checked = z.unknown().transform((value, ctx): T => {
    const chosen = typeof value === "object" && value !== null && !Array.isArray(value) ? choose(value as Record<string, unknown>) : "Send an object.";
    const result = typeof chosen === "string" ? undefined : chosen.safeParse(value);
    if (result?.success) return result.data;
    if (result === undefined) ctx.issues.push({ code: "custom", input: value, message: String(chosen) });
    else for (const issue of result.error.issues) ctx.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
    return z.NEVER;
  });
  return checked.meta({ type: "object", ...meta });
}
