import { newId } from "../../core/id.ts";
import type { Ctx } from "../../store/context.ts";
import type { CompanyMatchRow } from "../../store/tables-people.ts";
import { findSaid, makeCompany } from "../companies/index.ts";
import { linkSession } from "./queries.ts";

/** What a visitor's network says of the visit. */
export interface NetworkCompany {
  via: CompanyMatchRow["via"];
  domain: string | undefined;
  name: string | undefined;
}

/**
 * Says which company a session comes from: of its signals and of the visitor while it runs, never of a person. A company is made where
 * the domain is known; by a name alone one that is there is found. Answers its id.
 */
export async function linkSessionCompany(ctx: Ctx, visit: { visitorId: string; sessionId: string }, found: NetworkCompany): Promise<string | undefined> {
  const { domain, name, via } = found;
  const now = ctx.clock.now();
  const workspaceId = ctx.workspace.id;
  const companyId = await ctx.store.write(async (tx) => {
    const id = (await findSaid(tx, workspaceId, { domain, name })) ?? (domain === undefined ? undefined : await makeCompany(ctx, tx, { domain, name }, via));
    if (id === undefined) return undefined;
    await ctx.store.settleVisitors(workspaceId, [visit.visitorId], tx);
    await linkSession(tx, { workspace_id: workspaceId, id: newId(now), company_id: id, visitor_id: visit.visitorId, session_id: visit.sessionId, via, evidence: domain ?? name ?? "", at: now });
    return id;
  });
  if (companyId !== undefined) ctx.store.forgetVisitor(workspaceId, visit.visitorId);
  return companyId;
}
