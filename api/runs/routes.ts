import { action, route } from "../http/context.ts";
import { backtestWorkflow, getBacktest } from "./backtest.ts";
import * as contract from "./contract.ts";
import { replayFailedRuns, replayRun } from "./replay.ts";
import { cancelRun, getRun, listRuns } from "./service.ts";
import { triggerWorkflow } from "./trigger.ts";
import { testWorkflow } from "./what-if.ts";

export const runRoutes = [
  action(contract.triggerWorkflow, async ({ ctx, tx, params, body, parts, after }) => {
    const { answer, announce } = await triggerWorkflow(ctx, tx, params.id, body);
    after(parts.wakeJobs);
    after(announce);
    return answer;
  }),
  route(contract.testWorkflow, ({ ctx, params, body }) => testWorkflow(ctx, params.id, body)),
  action(contract.backtestWorkflow, ({ ctx, tx, params, parts, after }) => {
    after(parts.wakeJobs);
    return backtestWorkflow(ctx, tx, params.id);
  }),
  route(contract.getBacktest, ({ ctx, params }) => getBacktest(ctx, params.id)),
  route(contract.listRuns, ({ ctx, cursors, params, query }) => listRuns(ctx, cursors, params.id, query)),
  action(contract.replayFailedRuns, ({ ctx, tx, params, body, parts, after }) => {
    after(parts.wakeJobs);
    return replayFailedRuns(ctx, tx, params.id, body);
  }),
  route(contract.getRun, ({ ctx, params }) => getRun(ctx, params.id)),
  action(contract.replayRun, ({ ctx, tx, params, body, parts, after }) => {
    after(parts.wakeJobs);
    return replayRun(ctx, tx, params.id, body);
  }),
  action(contract.cancelRun, ({ ctx, tx, params }) => cancelRun(ctx, tx, params.id)),
];
