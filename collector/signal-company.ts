import { findSaid, makeCompany, saidCompany } from "../api/companies/index.ts";
import type { ActiveKey } from "../api/keys/index.ts";
import type { Ctx } from "../store/context.ts";

/**
 * The company that a signal's own data names, made when its domain is new; null when it names none that can be known. Only
 * signals that name one pay for it: a read, and a write for the first of a company.
 */
export async function companyOfSignal(ctx: Ctx, key: ActiveKey, data: Record<string, unknown>): Promise<string | null> {
  const said = saidCompany(data);
  if (said === undefined) return null;
  const found = await findSaid(ctx.store.read, ctx.workspace.id, said);
  if (found !== undefined) return found;
  const { domain, name } = said;
  if (domain === undefined) return null;
  return (await ctx.store.write((tx) => makeCompany(ctx, tx, { domain, name }, key.type === "secret" ? "signal" : "claim"))) ?? null;
}
