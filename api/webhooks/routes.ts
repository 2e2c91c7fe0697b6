import { action, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import * as service from "./service.ts";

export const webhookRoutes = [
  route(contract.listWebhooks, ({ ctx, cursors, query }) => service.listWebhooks(ctx, cursors, query)),
  action(contract.createWebhook, ({ ctx, tx, parts, body }) => service.createWebhook(ctx, tx, parts.secret, body)),
  route(contract.getWebhook, ({ ctx, params }) => service.getWebhook(ctx, params.id)),
  action(contract.updateWebhook, ({ ctx, tx, params, body }) => service.updateWebhook(ctx, tx, params.id, body)),
  action(contract.deleteWebhook, ({ ctx, tx, params }) => service.deleteWebhook(ctx, tx, params.id)),
  action(contract.rotateWebhook, ({ ctx, tx, parts, params, body }) => service.rotateWebhook(ctx, tx, parts.secret, params.id, body.overlap)),
  action(contract.testWebhook, ({ ctx, tx, params }) => service.testWebhook(ctx, tx, params.id)),
  route(contract.listDeliveries, ({ ctx, cursors, query }) => service.listDeliveries(ctx, cursors, query)),
  action(contract.replayDelivery, ({ ctx, tx, params }) => service.replayDelivery(ctx, tx, params.id)),
];
