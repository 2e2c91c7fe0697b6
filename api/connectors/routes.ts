import { action, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import * as service from "./service.ts";

export const connectorRoutes = [
  route(contract.listIntegrations, () => Promise.resolve(service.listIntegrations())),
  route(contract.listConnectors, ({ ctx, cursors, query }) => service.listConnectors(ctx, cursors, query)),
  action(contract.createConnector, ({ ctx, tx, parts, body }) => service.createConnector(ctx, tx, parts, body)),
  route(contract.getConnector, ({ ctx, params }) => service.getConnector(ctx, params.id)),
  action(contract.updateConnector, ({ ctx, tx, parts, params, body }) => service.updateConnector(ctx, tx, parts, params.id, body)),
  action(contract.archiveConnector, ({ ctx, tx, params }) => service.archiveConnector(ctx, tx, params.id)),
  // Asks the network, and so can't be one transaction; what it finds is written down by itself.
  route(contract.testConnector, ({ ctx, parts, params, dryRun }) => service.testConnector(ctx, parts, params.id, dryRun)),
  action(contract.reconnectConnector, ({ ctx, tx, parts, params, body }) => service.reconnectConnector(ctx, tx, parts, params.id, body.config)),
];
