import { action, Reply, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import * as service from "./service.ts";

export const exclusionRoutes = [
  route(contract.listExclusions, ({ ctx, cursors, query }) => service.listExclusions(ctx, cursors, query)),
  action(contract.createExclusion, ({ ctx, tx, body }) => service.createExclusion(ctx, tx, body)),
  action(contract.deleteExclusion, ({ ctx, tx, params }) => service.deleteExclusion(ctx, tx, params.id)),
  route(contract.listSuppressions, ({ ctx, cursors, query }) => service.listSuppressions(ctx, cursors, query)),
  action(contract.createSuppression, async ({ ctx, tx, body }) => {
    const { isNew, data } = await service.createSuppression(ctx, tx, body);
    return new Reply(isNew ? 201 : 200, data);
  }),
  action(contract.deleteSuppression, ({ ctx, tx, params }) => service.deleteSuppression(ctx, tx, params.id)),
];
