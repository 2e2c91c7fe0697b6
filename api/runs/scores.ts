import { latestScores } from "../scoring/index.ts";
import type { Db } from "./queries.ts";

/** A contact's latest scores by ICP profile. */
export async function selectScores(db: Db, workspaceId: string, contactId: string): Promise<Record<string, number>> {
  const scores = await latestScores(db, workspaceId, contactId);
  return Object.fromEntries(scores.map(({ icpProfileId, score }) => [icpProfileId, score]));
}
