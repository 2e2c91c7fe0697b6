import { route } from "../http/context.ts";
import { listAudit } from "./contract.ts";
import * as service from "./service.ts";

export const auditRoutes = [route(listAudit, ({ ctx, cursors, query }) => service.listAudit(ctx, cursors, query))];
