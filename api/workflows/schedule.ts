import { Cron } from "croner";
import type { Trigger } from "./contract.ts";

type Schedule = Extract<Trigger, { on: "schedule" }>;

/** When a schedule comes round next after a moment, epoch ms, to the minute of its time zone; undefined when never. */
export function nextRunAt({ cron, zone }: Pick<Schedule, "cron"> & Partial<Schedule>, after: number): number | undefined {
  return new Cron(cron, { timezone: zone ?? "UTC", mode: "5-part", paused: true }).nextRun(new Date(after))?.getTime();
}

/** What is wrong with a schedule, as a sentence; undefined when nothing is. */
export function scheduleFault(trigger: Schedule, now: number): string | undefined {
  try {
    return nextRunAt(trigger, now) === undefined ? "This time never comes." : undefined;
  } catch {
    return "This is no schedule. Write five fields (minute hour day month weekday), like 0 9 * * 1";
  }
}
