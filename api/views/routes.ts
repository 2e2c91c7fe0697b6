import { action, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import * as service from "./service.ts";

export const viewRoutes = [
  route(contract.listViews, ({ ctx, cursors, query }) => service.listViews(ctx, cursors, query)),
  action(contract.createView, ({ ctx, tx, body }) => service.createView(ctx, tx, body)),
  route(contract.getView, ({ ctx, params }) => service.getView(ctx, params.id)),
  action(contract.updateView, ({ ctx, tx, params, body }) => service.updateView(ctx, tx, params.id, body)),
  action(contract.deleteView, ({ ctx, tx, params }) => service.deleteView(ctx, tx, params.id)),
  route(contract.viewContacts, ({ ctx, cursors, params, query }) => service.viewContacts(ctx, cursors, params.id, query)),
];
