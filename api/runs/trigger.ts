import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { checkData } from "../../core/json-guard.ts";
import type { Ctx } from "../../store/context.ts";
import type { NewSignal } from "../../store/ingest.ts";
import type { Write } from "../../store/store.ts";
import { getWorkflowRow } from "../workflows/index.ts";
import { lockContact } from "./queries.ts";
import { startRuns } from "./start.ts";

/**
 * Stores a custom_webhook signal of the contact and a run that is queued for it, in the call's transaction: both or
 * neither. `announce` has to be called after it, so that the signal is routed at once. The unique index on signal and
 * workflow keeps the router from starting the same workflow once more.
 */
export async function triggerWorkflow(ctx: Ctx, tx: Write, workflowId: string, input: { contactId: string; data?: unknown }) {
  const workflow = await getWorkflowRow(tx, ctx.workspace.id, workflowId);
  const contact = await lockContact(ctx.store, tx, ctx.workspace.id, input.contactId);
  if (!contact) throw new ApiError("NOT_FOUND", { message: "There is no contact with this contactId." });
  if (workflow.status !== "active" || workflow.archived_at !== null) throw new ApiError("WORKFLOW_INACTIVE");
  if (contact.archived_at !== null) throw new ApiError("CONTACT_ARCHIVED");
  const signal = signalOf(ctx, input.contactId, input.data ?? {});
  const [run] = await startRuns(ctx, tx, [{ workflowId, version: workflow.version, contactId: input.contactId, signalId: signal.row.id, cause: "api" }], 0);
  if (!run) throw new Error("a new signal started no run");
  // Last: it holds sums that ingest writes too.
  const { signalId, announce } = await ctx.store.appendIn(tx, signal);
  return { answer: { signalId, runId: run.id, workflowId, status: run.status }, announce };
}

function signalOf(ctx: Ctx, contactId: string, data: unknown): NewSignal {
  const checked = checkData(data);
  if (!checked.ok) throw invalid(["data", ...checked.path].join("."), checked.code, checked.message);
  const now = ctx.clock.now();
  const none = { notes: null, claimed_contact_id: null, message_id: null, visitor_id: null, session_id: null, clock_flag: null, page_host: null, page_path: null, referrer_kind: null, referrer_name: null, utm: null, browser: null, os: null, device: null, country: null, bot: null, actioned_at: null, company_id: null };
  return {
    visitorMode: "identified",
    capability: "api.workflows.trigger",
    credits: 0,
    bytes: checked.json.length,
    row: { workspace_id: ctx.workspace.id, id: newId(now), type: "custom_webhook", priority: "medium", source: "workflow_trigger", data: checked.json, contact_id: contactId, key_id: ctx.actor.id, batch_id: "", received_at: now, occurred_at: now, ...none },
  };
}
