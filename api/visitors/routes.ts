import { route } from "../http/context.ts";
import * as contract from "./contract.ts";
import { getVisitor, listVisitors } from "./service.ts";

export const visitorRoutes = [
  route(contract.listVisitors, ({ ctx, cursors, query }) => listVisitors(ctx, cursors, query)),
  route(contract.getVisitor, ({ ctx, params }) => getVisitor(ctx, params.id)),
];
