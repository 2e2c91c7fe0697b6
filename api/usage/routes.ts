import { route } from "../http/context.ts";
import * as contract from "./contract.ts";
import * as report from "./report.ts";

export const usageRoutes = [
  route(contract.getUsage, ({ ctx, query }) => report.getUsage(ctx, query)),
  route(contract.listLedger, ({ ctx, cursors, query }) => report.listLedger(ctx, cursors, query)),
];
