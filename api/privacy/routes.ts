import { action, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import { getPrivacyRequest, requestPrivacy } from "./service.ts";

export const privacyRoutes = [
  action(contract.requestExport, ({ ctx, tx, body }) => requestPrivacy(ctx, tx, "export", body)),
  action(contract.requestErase, ({ ctx, tx, body }) => requestPrivacy(ctx, tx, "erase", body)),
  route(contract.getPrivacyRequest, ({ ctx, params }) => getPrivacyRequest(ctx, params.id)),
];
