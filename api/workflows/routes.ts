import { action, route, type WriteCall } from "../http/context.ts";
import * as contract from "./contract.ts";
import { archiveWorkflow, assertReachableSteps, createWorkflow, getWorkflow, listWorkflows, setWorkflowStatus, updateWorkflow } from "./service.ts";
import { getSigningSecret, rotateSigningSecret } from "./signing.ts";

/** The router of this process hears of it, and what a pause held goes on. */
function announce({ ctx, parts, after }: Pick<WriteCall, "ctx" | "parts" | "after">): void {
  after(() => {
    parts.news.tell(ctx.workspace.id);
    parts.wakeJobs();
  });
}

export const workflowRoutes = [
  route(contract.listWorkflows, ({ ctx, cursors, query }) => listWorkflows(ctx, cursors, query)),
  action(contract.createWorkflow, ({ ctx, tx, parts, body }) => {
    assertReachableSteps(parts.outbound, body.steps);
    return createWorkflow(ctx, tx, body);
  }),
  route(contract.getSigningSecret, ({ ctx, parts }) => getSigningSecret(ctx, ctx.store.read, parts.secret)),
  action(contract.rotateSigningSecret, ({ ctx, tx, parts }) => rotateSigningSecret(ctx, tx, parts.secret)),
  route(contract.getWorkflow, ({ ctx, params }) => getWorkflow(ctx, params.id)),
  action(contract.updateWorkflow, (call) => {
    assertReachableSteps(call.parts.outbound, call.body.steps);
    announce(call);
    return updateWorkflow(call.ctx, call.tx, call.params.id, call.body);
  }),
  action(contract.archiveWorkflow, (call) => {
    announce(call);
    return archiveWorkflow(call.ctx, call.tx, call.params.id);
  }),
  action(contract.activateWorkflow, (call) => {
    announce(call);
    return setWorkflowStatus(call.ctx, call.tx, call.params.id, "active");
  }),
  action(contract.pauseWorkflow, (call) => {
    announce(call);
    return setWorkflowStatus(call.ctx, call.tx, call.params.id, "paused");
  }),
];
