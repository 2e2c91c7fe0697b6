import { action, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import * as payloads from "./payloads.ts";
import * as service from "./service.ts";

export const inboundRoutes = [
  route(contract.listInboundHooks, ({ ctx, parts, cursors, query }) => service.listHooks(ctx, parts, cursors, query)),
  action(contract.createInboundHook, ({ ctx, tx, parts, body }) => service.createHook(ctx, tx, parts, body)),
  route(contract.getInboundHook, ({ ctx, parts, params }) => service.getHook(ctx, parts, params.id)),
  action(contract.updateInboundHook, ({ ctx, tx, parts, params, body }) => service.updateHook(ctx, tx, parts, params.id, body)),
  action(contract.deleteInboundHook, ({ ctx, tx, parts, params }) => service.deleteHook(ctx, tx, parts, params.id)),
  action(contract.rotateInboundHook, ({ ctx, tx, parts, params, body }) => service.rotateHook(ctx, tx, parts, params.id, body)),
  action(contract.renewInboundUrl, ({ ctx, tx, parts, params }) => service.renewUrl(ctx, tx, parts, params.id)),
  route(contract.previewInboundHook, ({ ctx, params, body }) => payloads.preview(ctx, params.id, body.mapping)),
  action(contract.replayInboundHook, ({ ctx, tx, parts, after, params, body }) => {
    after(parts.wakeJobs);
    return service.replayHook(ctx, tx, params.id, body);
  }),
  route(contract.listInboundPayloads, ({ ctx, cursors, query }) => payloads.listPayloads(ctx, cursors, query)),
  route(contract.getInboundPayload, ({ ctx, params }) => payloads.getPayload(ctx, params.id)),
  route(contract.listInboundPresets, () => service.listPresets()),
];
