import { signatureOf, signingSecrets } from "../../api/workflows/index.ts";
import { OutboundError } from "../../core/safe-fetch.ts";
import type { Outside, StepOf } from "./action.ts";
import { StepError } from "./step-error.ts";

const bytesMax = 256 * 1024;
const retryAfterMaxMs = 24 * 3_600_000;

/**
 * Posts the contact and the signal, signed by Standard Webhooks with the workspace's secret. `webhook-id` and `Idempotency-Key` are the same
 * at each try, and so is the body: a receiver who knows the id has it already.
 */
export const webhook: Outside<StepOf<"webhook">> = async (work, { ctx, run, path, step, input, startedAt, idempotencyKey }) => {
  const now = work.clock.now();
  const body = JSON.stringify({ type: "workflow.step", timestamp: new Date(startedAt).toISOString(), data: { workflowId: run.workflow_id, runId: run.id, step: path, ...(input["data"] as Record<string, unknown>) } });
  const timestamp = Math.floor(now / 1000);
  const secrets = await signingSecrets(ctx.store.read, work.secret, ctx.workspace.id, now);
  const headers = {
    "content-type": "application/json",
    "idempotency-key": idempotencyKey,
    "webhook-id": idempotencyKey,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signatureOf(secrets, { id: idempotencyKey, timestamp, body }),
  };
  const answer = await work.outbound(step.url, { method: "POST", headers, body, bytesMax }).catch((error: unknown) => {
    throw toStepError(error);
  });
  if (answer.status >= 200 && answer.status < 300) return { status: answer.status };
  throw refusal(answer.status, answer.headers["retry-after"], now);
};

function refusal(status: number, retryAfter: string | undefined, now: number): StepError {
  const message = `The receiver answered ${status}.`;
  if (![408, 425, 429].includes(status) && status < 500) return new StepError("final", message);
  return new StepError("retry", message, { retryAfterMs: delayOf(retryAfter, now) });
}

/** `Retry-After`: seconds, or a date. */
function delayOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, retryAfterMaxMs) : undefined;
}

function toStepError(error: unknown): unknown {
  if (!(error instanceof OutboundError)) return error;
  const again = error.kind === "network" || error.kind === "timeout";
  return new StepError(again ? "retry" : "final", error.kind === "redirect" ? "The receiver answered with a redirect, which is not followed." : error.message, { cause: error });
}
