import { action, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import { createDraft, getThread, listThreads } from "./service.ts";

export const messageRoutes = [
  route(contract.listThreads, ({ ctx, cursors, query }) => listThreads(ctx, cursors, query)),
  route(contract.getThread, ({ ctx, cursors, params, query }) => getThread(ctx, cursors, params.id, query)),
  action(contract.createDraft, ({ ctx, tx, params, body }) => createDraft(ctx, tx, params.id, body)),
];
