import { action, route, upload } from "../http/context.ts";
import * as contract from "./contract.ts";
import { receiveFile } from "./receive.ts";
import { downloadRejected } from "./rejected.ts";
import * as service from "./service.ts";

export const importRoutes = [
  upload(
    contract.createImport,
    ({ ctx, query, contentType, bytes, dryRun }) => receiveFile(ctx.store, ctx.clock.now(), { workspaceId: ctx.workspace.id, contentType, bytes, mapping: query.mapping ?? {}, dryRun }),
    async ({ ctx, tx, query, parts, after }, file) => {
      after(parts.wakeJobs);
      return service.createImport(ctx, tx, file, query);
    },
  ),
  route(contract.listImports, ({ ctx, cursors, query }) => service.listImports(ctx, cursors, query)),
  route(contract.getImport, ({ ctx, cursors, params, query }) => service.getImport(ctx, cursors, params.id, query)),
  action(contract.updateImport, async ({ ctx, tx, params, body, parts, after }) => {
    after(parts.wakeJobs);
    return service.updateImport(ctx, tx, params.id, body);
  }),
  action(contract.commitImport, async ({ ctx, tx, params, parts, after }) => {
    after(parts.wakeJobs);
    return service.commitImport(ctx, tx, params.id);
  }),
  action(contract.cancelImport, async ({ ctx, tx, params, parts, after }) => {
    after(parts.wakeJobs);
    return service.cancelImport(ctx, tx, params.id);
  }),
  route(contract.downloadRejected, ({ ctx, params }) => downloadRejected(ctx, params.id)),
];
