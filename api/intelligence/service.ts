import { ApiError } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { assertReachable, type SafeFetch } from "../../core/safe-fetch.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import { enqueue } from "../../store/queue.ts";
import type { Write } from "../../store/store.ts";
import type { WebsiteAnalysisRow } from "../../store/tables-intel.ts";
import { findCompany } from "../companies/index.ts";
import { findAnalysis, findOpen, insertAnalysis, isFull } from "./queries.ts";

/** Analyses of a workspace that may wait: the queue stays bounded on a server that has nothing to run them. */
const waitingMax = 1000;
const jobKind = "analyze-website";

/**
 * Queues the analysis of a site; `queued` is false where one of the same address waits or runs already. Throws
 * VALIDATION_ERROR (an address that may not be reached), NOT_FOUND (company), QUEUE_FULL.
 */
export async function analyzeWebsite(ctx: Ctx, tx: Write, outbound: SafeFetch, input: { url: string; companyId?: string | undefined }) {
  const workspaceId = ctx.workspace.id;
  const url = addressOf(input.url);
  assertReachable(outbound, "url", url);
  if (input.companyId !== undefined && !(await findCompany(tx, workspaceId, input.companyId))) throw new ApiError("NOT_FOUND", { message: "There is no company with this companyId." });
  const now = ctx.clock.now();
  const row: WebsiteAnalysisRow = { workspace_id: workspaceId, id: newId(now), url, company_id: input.companyId ?? null, status: "queued", result: null, error: null, created_at: now, started_at: null, finished_at: null };
  const open = await findOpen(tx, workspaceId, url);
  if (open) return { answer: toQueued(open), queued: false };
  if (await isFull(tx, workspaceId, waitingMax)) throw new ApiError("QUEUE_FULL");
  if (!(await insertAnalysis(tx, row))) {
    const other = await findOpen(tx, workspaceId, url);
    // Another node made it between the look and the insert.
    if (other) return { answer: toQueued(other), queued: false };
    throw new ApiError("STORE_UNAVAILABLE");
  }
  await enqueue(tx, { workspaceId, kind: jobKind, payload: { analysisId: row.id }, runAt: now, now });
  await recordEvent(tx, ctx, "website_analysis.queued", { analysisId: row.id, companyId: row.company_id });
  return { answer: toQueued(row), queued: true };
}

export async function getAnalysis(ctx: Ctx, id: string) {
  const row = await findAnalysis(ctx.store.read, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  const result = row.result === null ? null : (JSON.parse(row.result) as Record<string, unknown>);
  return { ...toQueued(row), result, error: row.error, queuedAt: row.created_at, startedAt: row.started_at, finishedAt: row.finished_at };
}

/** One spelling for each address. */
function addressOf(typed: string): string {
  const url = new URL(typed);
  url.hash = "";
  return url.href;
}

const toQueued = (row: WebsiteAnalysisRow) => ({ analysisId: row.id, url: row.url, companyId: row.company_id, status: row.status });
