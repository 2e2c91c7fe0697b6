import { ApiError } from "../../core/errors.ts";
import type { Ctx } from "../../store/context.ts";
import { evaluate } from "../conditions/index.ts";
import { findContact } from "../contacts/index.ts";
import { definitionOf, getWorkflowRow } from "../workflows/index.ts";
import { loadFacts } from "./facts.ts";
import { needsOf } from "./needs.ts";
import { pretend } from "./pretend.ts";
import { findLastRunAt, findSignal } from "./queries.ts";
import { triggerFits } from "./triggers.ts";

const hourMs = 3_600_000;

/** What a workflow would do for a contact now, by what is stored; nothing is done. */
export async function testWorkflow(ctx: Ctx, id: string, input: { contactId: string; signalId?: string | undefined }) {
  const workspaceId = ctx.workspace.id;
  const definition = definitionOf(await getWorkflowRow(ctx.store.read, workspaceId, id));
  const contact = await findContact(ctx.store.read, workspaceId, input.contactId);
  if (!contact) throw new ApiError("NOT_FOUND", { message: "There is no contact with this contactId." });
  const signal = input.signalId === undefined ? undefined : await findSignal(ctx.store.read, workspaceId, input.signalId);
  if (input.signalId !== undefined && !signal) throw new ApiError("NOT_FOUND", { message: "There is no signal with this signalId." });
  const now = ctx.clock.now();
  const facts = await loadFacts(ctx.store.slow, workspaceId, now, { contact, signal }, needsOf(definition));
  const fits = signal ? triggerFits(definition.trigger, signal) : null;
  const conditionHolds = definition.where === null || evaluate(definition.where, facts);
  const lastRunAt = await findLastRunAt(ctx.store.slow, workspaceId, id, contact.id);
  const rested = lastRunAt === undefined || lastRunAt <= now - definition.cooldownHours * hourMs;
  return {
    triggerFits: fits,
    conditionHolds,
    wouldStart: fits !== false && conditionHolds && rested && contact.archived_at === null,
    steps: pretend(definition.steps, facts),
  };
}
