import type { CallCount, Known } from "./queries.ts";

export type Status = "healthy" | "degraded" | "failing" | "needs_reauth" | "disabled" | "unknown";

export interface Health {
  status: Status;
  reasons: string[];
  lastSuccessAt: number | null;
  lastErrorAt: number | null;
  consecutiveFailures: number;
  checkedAt: number | null;
}

/** Failures in a row after which a connector counts as failing, and an event says so. */
export const failingAfter = 3;
/** Of the day's calls; fewer failed ones happen to everybody. */
const degradedShare = 0.05;

/** Computed from the last 24 h of calls and probes, and from what the circuit knows; never typed in. */
export function healthOf(row: Known, counts: readonly CallCount[], now: number): Health {
  const mine = counts.filter((count) => count.connector_id === row.id);
  const total = mine.reduce((sum, { calls }) => sum + calls, 0);
  const failed = mine.filter(({ kind }) => kind !== null).reduce((sum, { calls }) => sum + calls, 0);
  const times = [row.last_success_at, row.last_error_at].filter((at) => at !== null);
  const [status, reasons] = judge(row, total, failed, now);
  return { status, reasons, lastSuccessAt: row.last_success_at, lastErrorAt: row.last_error_at, consecutiveFailures: row.failures, checkedAt: times.length === 0 ? null : Math.max(...times) };
}

function judge(row: Known, total: number, failed: number, now: number): [Status, string[]] {
  if (row.archived_at !== null) return ["disabled", ["It is archived. Reconnect it to use it again."]];
  if (row.enabled === 0) return ["disabled", ["It is switched off."]];
  const last = row.last_error === null ? [] : [row.last_error];
  if (row.secrets === "{}" && row.last_error_kind === "forgotten") return ["needs_reauth", ["Its credentials are gone. Reconnect it."]];
  const broken = row.alarmed === 1 && row.failures > 0;
  if (broken && row.last_error_kind === "auth") return ["needs_reauth", ["The credentials are not accepted. Reconnect it.", ...last]];
  if (broken) return ["failing", [failedWords(row), ...last]];
  if (total === 0) return ["unknown", ["No call or test in the last 24 hours."]];
  const reasons = [
    ...(row.failures > 0 ? [failedWords(row), ...last] : []),
    ...(row.not_before !== null && row.not_before > now ? ["The far side asked to wait."] : []),
    ...(row.failures === 0 && failed > total * degradedShare ? [`${failed} of ${total} calls failed in the last 24 hours.`] : []),
  ];
  return reasons.length > 0 ? ["degraded", reasons] : ["healthy", []];
}

const failedWords = ({ failures }: Known) => (failures === 1 ? "The last call failed." : `The last ${failures} calls failed.`);
