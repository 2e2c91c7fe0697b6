import type { Cursors } from "../../core/cursor.ts";
import { ApiError } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { pageOf } from "../../core/page.ts";
import type { ContactScore } from "../../core/score-words.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { Read, Write } from "../../store/store.ts";
import type { CompanyRow, ContactRow } from "../../store/tables.ts";
import type { ContactScoreRow } from "../../store/tables-intel.ts";
import { findCompany } from "../companies/index.ts";
import { companyFacts, contactFacts, type Facts } from "../conditions/index.ts";
import { activityDays, activityScoreOf } from "./activity.ts";
import type { Definition } from "./contract.ts";
import { publishedProfile } from "./profiles.ts";
import { contactExists, findLatestScore, insertScore, lockContact, saveActivity, selectLatestScores, selectOwnSignals, selectScores, setContactScore } from "./queries.ts";
import { reasoningOf } from "./reasoning.ts";
import { type ScoredSignal, scoreByRules, verdictOf } from "./rules.ts";

const dayMs = 86_400_000;
/** Scores of one contact by one profile that are kept. */
const keptMax = 50;
const latestShown = 20;
/** After so many half-lives a signal is worth less than a thousandth. */
const halfLivesMax = 10;
const retentionDays = 395;

/**
 * Scores a contact by the published version of an ICP profile and writes it down: the score with its evidence, the contact's
 * score and activity score, and `contact.scored` with the score before by the same profile (null at first), so that what
 * waits for a threshold sees it crossed. Throws NOT_FOUND, CONTACT_ARCHIVED, ICP_PROFILE_NOT_PUBLISHED.
 */
export async function scoreContact(ctx: Ctx, tx: Write, contactId: string, icpProfileId: string): Promise<ContactScore> {
  const workspaceId = ctx.workspace.id;
  const contact = await lockContact(ctx.store, tx, workspaceId, contactId);
  if (!contact) throw new ApiError("NOT_FOUND");
  const profile = await publishedProfile(tx, workspaceId, icpProfileId);
  if (contact.archived_at !== null) throw new ApiError("CONTACT_ARCHIVED");
  const now = ctx.clock.now();
  const company = contact.company_id === null ? undefined : await findCompany(tx, workspaceId, contact.company_id);
  const signals = await selectOwnSignals(tx, workspaceId, contactId, now - daysLooked(profile.definition) * dayMs);
  const { activity, ...scored } = scoreNow(profile.definition, now, contact, company, signals);
  const oldScore = await findLatestScore(tx, workspaceId, contactId, icpProfileId);
  const row: ContactScoreRow = {
    workspace_id: workspaceId,
    id: newId(now),
    contact_id: contactId,
    icp_profile_id: icpProfileId,
    icp_version: profile.version,
    score: scored.score,
    verdict: verdictOf(scored.score),
    breakdown: JSON.stringify(scored.breakdown),
    reasoning: reasoningOf(profile, scored),
    model: "rules",
    scored_at: now,
  };
  await insertScore(tx, row, keptMax);
  await setContactScore(tx, workspaceId, contactId, { score: scored.score, activity_score: activity });
  await saveActivity(tx, workspaceId, contactId, activity, now);
  await recordEvent(tx, ctx, "contact.scored", { contactId, icpProfileId, icpVersion: profile.version, scoreId: row.id, oldScore, newScore: scored.score, verdict: row.verdict });
  return toScore(row);
}

/** A score as of `now`, from rows that were read before; nothing is written. */
export function scoreNow(definition: Definition, now: number, contact: ContactRow, company: CompanyRow | undefined, signals: readonly ScoredSignal[]) {
  const activity = activityScoreOf(signals.filter(({ at }) => at > now - activityDays * dayMs), now);
  const facts: Facts = { now, contact: { ...contactFacts(contact), activityScore: activity }, company: company ? companyFacts(company) : null, signal: null, enrollment: null, score: null, signals: [] };
  return { ...scoreByRules(definition, facts, signals), activity };
}

/** How far back signals matter to a profile and to the activity score. */
export function daysLooked({ groups }: Definition): number {
  const halfLives = groups.flatMap(({ criteria }) => criteria.flatMap((criterion) => ("activity" in criterion ? [criterion.halfLifeDays] : [])));
  return Math.min(retentionDays, Math.max(activityDays, ...halfLives.map((days) => days * halfLivesMax)));
}

export async function listScores(ctx: Ctx, cursors: Cursors, contactId: string, query: { limit: number; cursor?: string | undefined; icpProfileId?: string | undefined }) {
  if (!(await contactExists(ctx.store.read, ctx.workspace.id, contactId))) throw new ApiError("NOT_FOUND");
  const bound = [ctx.workspace.id, "scores", contactId, query.icpProfileId];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await selectScores(ctx.store.read, { workspaceId: ctx.workspace.id, contactId, profileId: query.icpProfileId, limit: query.limit + 1, before });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { scores: page.map(toScore), ...more };
}

/** The latest score by each profile, newest first. */
export async function latestScores(db: Read | Write, workspaceId: string, contactId: string): Promise<ContactScore[]> {
  return (await selectLatestScores(db, workspaceId, contactId, latestShown)).map(toScore);
}

function toScore(row: ContactScoreRow): ContactScore {
  return {
    id: row.id,
    contactId: row.contact_id,
    icpProfileId: row.icp_profile_id,
    icpVersion: row.icp_version,
    score: row.score,
    verdict: row.verdict as ContactScore["verdict"],
    breakdown: JSON.parse(row.breakdown) as ContactScore["breakdown"],
    reasoning: row.reasoning,
    model: "rules",
    scoredAt: row.scored_at,
  };
}
