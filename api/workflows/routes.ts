import { action, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import { getRun, listRuns, replayRun, triggerWorkflow } from "./runs.ts";
import { archiveWorkflow, createWorkflow, getWorkflow, listWorkflows, setWorkflowStatus, updateWorkflow } from "./service.ts";
import { backtestWorkflow, testWorkflow } from "./what-if.ts";

export const workflowRoutes = [
  route(contract.listWorkflows, ({ ctx, cursors, query }) => listWorkflows(ctx, cursors, query)),
  action(contract.createWorkflow, ({ ctx, tx, body }) => createWorkflow(ctx, tx, body)),
  route(contract.getWorkflow, ({ ctx, params }) => getWorkflow(ctx, params.id)),
  action(contract.updateWorkflow, ({ ctx, tx, params, body }) => updateWorkflow(ctx, tx, params.id, body)),
  action(contract.archiveWorkflow, ({ ctx, tx, params }) => archiveWorkflow(ctx, tx, params.id)),
  action(contract.activateWorkflow, ({ ctx, tx, params }) => setWorkflowStatus(ctx, tx, params.id, "active")),
  action(contract.pauseWorkflow, ({ ctx, tx, params }) => setWorkflowStatus(ctx, tx, params.id, "paused")),
  action(contract.triggerWorkflow, async ({ ctx, tx, params, body, after }) => {
    const { answer, announce } = await triggerWorkflow(ctx, tx, params.id, body);
    after(announce);
    return answer;
  }),
  route(contract.testWorkflow, ({ ctx, params, body }) => testWorkflow(ctx, params.id, body)),
  route(contract.backtestWorkflow, ({ ctx, params }) => backtestWorkflow(ctx, params.id)),
  route(contract.listRuns, ({ ctx, cursors, params, query }) => listRuns(ctx, cursors, params.id, query)),
  route(contract.getRun, ({ ctx, params }) => getRun(ctx, params.id)),
  action(contract.replayRun, ({ ctx, tx, params, body }) => replayRun(ctx, tx, params.id, body)),
];
