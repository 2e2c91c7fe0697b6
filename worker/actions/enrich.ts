import { findLatestJob, requestEnrichment } from "../../api/enrichment/index.ts";
import type { Inside, StepOf } from "./action.ts";
import { needed } from "./needed.ts";
import { StepError } from "./step-error.ts";

const firstLookMs = 1000;
const lookEveryMaxMs = 30_000;
/** Enrichment that takes longer is no reason to hold the next steps up. */
const patienceMs = 15 * 60_000;

/** Asks for the contact's enrichment and waits for it, up to a quarter of an hour; what it found is there for the next steps. */
export const enrich: Inside<StepOf<"enrich">> = async ({ ctx, tx, step, contact, before, startedAt }) => {
  const { id } = needed(contact);
  const now = ctx.clock.now();
  if (before === undefined) {
    const { answer } = await requestEnrichment(ctx, tx, id, { priority: "high", forceRefresh: step.forceRefresh ?? false });
    const output = { jobId: answer.jobId, status: answer.status };
    return answer.status === "skipped" ? { output } : { output, againAt: now + firstLookMs };
  }
  const job = await findLatestJob(tx, ctx.workspace.id, id);
  const status = job?.status ?? "failed";
  if (status === "failed") throw new StepError("final", "The enrichment failed.");
  const output = { ...before, status };
  const waited = now - startedAt;
  const open = status === "queued" || status === "running";
  return open && waited < patienceMs ? { output, againAt: now + Math.min(lookEveryMaxMs, Math.max(firstLookMs, waited)) } : { output };
};
