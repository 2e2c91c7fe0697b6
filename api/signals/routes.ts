import { action, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import { actionSignal, unactionSignal } from "./actions.ts";
import { getSignal, listSignals, signalStats } from "./service.ts";
import { traceSignal } from "./trace.ts";

export const signalRoutes = [
  route(contract.listSignals, ({ ctx, cursors, query }) => listSignals(ctx, cursors, query)),
  route(contract.getSignalStats, ({ ctx, query }) => signalStats(ctx, query.time_range)),
  route(contract.getSignal, ({ ctx, params }) => getSignal(ctx, params.id)),
  action(contract.actionSignal, ({ ctx, tx, params, body }) => actionSignal(ctx, tx, params.id, body ?? {})),
  action(contract.unactionSignal, ({ ctx, tx, params }) => unactionSignal(ctx, tx, params.id)),
  route(contract.traceSignal, ({ ctx, params }) => traceSignal(ctx, params.id)),
];
