import { z } from "zod";

/** The words that all bodies share for text that people type. */

const storable = (max: number) => z.string().max(max).refine((text) => !text.includes("\0"), "holds a NUL character, which can't be stored");
// PostgreSQL takes no half of a surrogate pair, which a text cut in the middle of an emoji leaves behind.
const whole = (text: string) => text.toWellFormed();

/** Text of several lines; may be empty. */
export const text = (max: number) => storable(max).transform(whole);
/** One line that is not empty: names, titles, subjects. Line breaks and other control characters are refused (security row 30). */
export const line = (max: number) =>
  storable(max)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, "has to be one line, without control characters")
    .refine((typed) => typed.trim() !== "", "is empty")
    .transform(whole);
/** A web address without user name or password: it is shown and logged. */
export const webUrl = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .refine((typed) => !/[\p{Cc}\s]/u.test(typed), "holds spaces or control characters")
  .refine((typed) => !/^[a-z]+:\/\/[^/?#]*@/i.test(typed), "holds a user name or password");
