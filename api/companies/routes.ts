import { action, Reply, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import { getCompany, listCompanies, updateCompany, upsertCompany } from "./service.ts";

export const companyRoutes = [
  route(contract.listCompanies, ({ ctx, cursors, query }) => listCompanies(ctx, cursors, query)),
  action(contract.upsertCompany, async ({ ctx, tx, body }) => {
    const saved = await upsertCompany(ctx, tx, body);
    return new Reply(saved.created ? 201 : 200, saved);
  }),
  route(contract.getCompany, ({ ctx, params }) => getCompany(ctx, params.id)),
  action(contract.updateCompany, ({ ctx, tx, params, body }) => updateCompany(ctx, tx, params.id, body)),
];
