import { action, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import { getTask, listTasks, updateTask } from "./service.ts";

export const taskRoutes = [
  route(contract.listTasks, ({ ctx, cursors, query }) => listTasks(ctx, cursors, query)),
  route(contract.getTask, ({ ctx, params }) => getTask(ctx, params.id)),
  action(contract.updateTask, ({ ctx, tx, params, body }) => updateTask(ctx, tx, params.id, body)),
];
