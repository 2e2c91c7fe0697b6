import { ApiError } from "../../core/errors.ts";
import type { Ctx } from "../../store/context.ts";
import { findCompany } from "../companies/index.ts";
import { findContact } from "../contacts/index.ts";
import { findCreation, selectClaims, selectEnriched, selectMatches, selectMerges, selectScores, selectVisitorIds, spanOfDirect, spanOfVisitor } from "./queries.ts";

const shownMax = 50;
const countedMax = 1000;

/** The evidence behind a contact: each link of the chain with its id. Throws NOT_FOUND. */
export async function explainContact(ctx: Ctx, contactId: string) {
  const { store, workspace } = ctx;
  const row = await findContact(store.read, workspace.id, contactId);
  if (!row) throw new ApiError("NOT_FOUND");
  const [eventId, claims, visitorIds, direct, merges, scores, enriched, company] = await Promise.all([
    findCreation(store.slow, workspace.id, contactId),
    selectClaims(store.slow, workspace.id, contactId, row.email_key, shownMax),
    selectVisitorIds(store.slow, workspace.id, contactId, shownMax),
    spanOfDirect(store.slow, workspace.id, contactId, countedMax),
    selectMerges(store.slow, workspace.id, contactId, shownMax),
    selectScores(store.slow, workspace.id, contactId, shownMax),
    selectEnriched(store.slow, workspace.id, contactId, shownMax),
    row.company_id === null ? undefined : findCompany(store.read, workspace.id, row.company_id),
  ]);
  await store.settleVisitors(workspace.id, visitorIds);
  const [spans, matches] = await Promise.all([Promise.all(visitorIds.map((id) => spanOfVisitor(store.slow, workspace.id, id, countedMax))), selectMatches(store.slow, workspace.id, visitorIds, shownMax)]);
  const proved = claims.filter((claim) => claim.state === "linked");
  const domain = row.email_key?.slice(row.email_key.lastIndexOf("@") + 1);
  const own = company?.domain ?? undefined;
  const byDomain = own !== undefined && domain !== undefined && (domain === own || domain.endsWith(`.${own}`));
  return {
    contactId,
    origin: { source: row.source, at: row.created_at, eventId: eventId ?? null },
    mergedInto: row.merged_into,
    visitors: visitorIds.map((visitorId, i) => ({
      visitorId,
      proofs: proved.filter((claim) => claim.visitor_id === visitorId).map((claim) => ({ claimId: claim.id, proof: claim.proof, at: claim.at })),
      signals: spans[i] ?? { count: 0, firstId: null, lastId: null },
      companies: matches.filter((match) => match.visitor_id === visitorId).map((match) => ({ companyId: match.company_id, via: match.via, evidence: match.evidence, matchId: match.id, at: match.at })),
    })),
    unproved: claims.flatMap(({ id, visitor_id, state, proof, at }) => (state === "linked" ? [] : [{ claimId: id, visitorId: visitor_id, state, proof, at }])),
    directSignals: direct,
    company: company ? { companyId: company.id, reason: byDomain ? ("email_domain" as const) : ("assigned" as const), evidence: byDomain ? (domain ?? null) : null } : null,
    scores: scores.map((score) => ({ scoreId: score.id, icpProfileId: score.icp_profile_id, icpVersion: score.icp_version, score: score.score, verdict: score.verdict, at: score.scored_at })),
    enrichment: enriched.map(({ field, provider, confidence, found_at }) => ({ field, provider, confidence, at: found_at })),
    merges: merges.map(({ id, loserIds, at }) => ({ mergeId: id, loserIds, at })),
  };
}
