import { z } from "zod";

/** A time zone by its name in the tz database. */
export const zone = z.string().max(64).refine(isZone, "is no time zone: write it like Europe/Berlin");

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
