import { action, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import * as service from "./service.ts";

export const webhookRoutes = [
  route(contract.listWebhooks, ({ ctx, cursors, query }) => service.listWebhooks(ctx, cursors, query)),
  action(contract.createWebhook, ({ ctx, tx, parts, body }) => service.createWebhook(ctx, tx, parts, body)),
  route(contract.getWebhook, ({ ctx, params }) => service.getWebhook(ctx, params.id)),
  action(contract.updateWebhook, ({ ctx, tx, parts, after, params, body }) => {
    after(parts.wakeJobs);
    return service.updateWebhook(ctx, tx, parts, params.id, body);
  }),
  action(contract.deleteWebhook, ({ ctx, tx, params }) => service.deleteWebhook(ctx, tx, params.id)),
  action(contract.rotateWebhook, ({ ctx, tx, parts, params, body }) => service.rotateWebhook(ctx, tx, parts.secret, params.id, body.overlap)),
  action(contract.testWebhook, ({ ctx, tx, parts, after, params }) => {
    after(parts.wakeJobs);
    return service.testWebhook(ctx, tx, params.id);
  }),
  action(contract.replayWebhook, ({ ctx, tx, parts, after, params, body }) => {
    after(parts.wakeJobs);
    return service.replayWebhook(ctx, tx, params.id, body);
  }),
  route(contract.listDeliveries, ({ ctx, cursors, query }) => service.listDeliveries(ctx, cursors, query)),
  route(contract.getDelivery, ({ ctx, params }) => service.getDelivery(ctx, params.id)),
  action(contract.replayDelivery, ({ ctx, tx, parts, after, params }) => {
    after(parts.wakeJobs);
    return service.replayDelivery(ctx, tx, params.id);
  }),
];
