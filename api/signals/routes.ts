import { route } from "../http/context.ts";
import * as contract from "./contract.ts";
import { getSignal, listSignals, signalStats } from "./service.ts";

export const signalRoutes = [
  route(contract.listSignals, ({ ctx, cursors, query }) => listSignals(ctx, cursors, query)),
  route(contract.getSignalStats, ({ ctx, query }) => signalStats(ctx, query.time_range)),
  route(contract.getSignal, ({ ctx, params }) => getSignal(ctx, params.id)),
];
