import type { Db } from "./queries.ts";

/** A contact's scores by ICP profile. None is stored before scoring is. */
export function selectScores(_db: Db, _workspaceId: string, _contactId: string): Promise<Record<string, number>> {
  return Promise.resolve({});
}
