import { ApiError } from "../core/errors.ts";
import { StepError } from "./actions/step-error.ts";

const baseMs = 2000;
const factor = 3;
const delayMaxMs = 3_600_000;
/** About 45 minutes in all. */
const triesMax = 9;
/** What our own code stumbles over is not mended by hours of waiting. */
const ownTriesMax = 4;
/** How long a step may be put off that costs no try. */
const laterMaxMs = 24 * 3_600_000;

/** When a step is tried again after its `attempts`th try, epoch ms; undefined: never. The delay grows, and no two are alike. */
export function nextTryAt(error: unknown, attempts: number, startedAt: number, now: number): number | undefined {
  const jittered = (ms: number) => now + Math.round(ms * (0.75 + Math.random() / 2));
  const grown = Math.min(delayMaxMs, baseMs * factor ** (attempts - 1));
  if (error instanceof StepError) {
    if (error.kind === "final") return undefined;
    const asked = error.retryAfterMs ?? 0;
    if (error.kind === "later") return now - startedAt > laterMaxMs ? undefined : now + Math.max(asked, baseMs) + Math.round(Math.random() * 1000);
    return attempts >= triesMax ? undefined : Math.max(now + asked, jittered(grown));
  }
  // A refusal by our own verbs is for good: the contact is excluded, the sequence inactive.
  if (error instanceof ApiError && error.status < 500) return undefined;
  return attempts >= ownTriesMax ? undefined : jittered(grown);
}

/** Whether a failed try counts. */
export const costsTry = (error: unknown): boolean => !(error instanceof StepError && error.kind === "later");

/** What a run's history says of an error. What our own code stumbled over is for the log: it may hold anything. */
export function wordsOf(error: unknown): string {
  if (error instanceof StepError) return error.message.slice(0, 500);
  if (error instanceof ApiError) return `${error.code}: ${error.details?.[0]?.message ?? error.message}`.slice(0, 500);
  return "Unexpected error; the server's log has it.";
}
