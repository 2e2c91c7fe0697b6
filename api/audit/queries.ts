import { idFloor } from "../../core/id.ts";
import type { Read } from "../../store/store.ts";
import type { Tables } from "../../store/tables.ts";

/** How far ids may run ahead of an entry's time, when a clock is set back. */
const idsAheadMs = 3_600_000;
/** How far they may lie behind it: an exposed key's entry has the id of its hour (`keys/exposures.ts`). */
const idsBehindMs = 3_600_000;

interface Filter {
  workspaceId: string;
  limit: number;
  before: string | undefined;
  /** Exact, or with `.*` at its end every action below. */
  action?: string | undefined;
  actor?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

export async function selectEntries(db: Read, filter: Filter): Promise<Tables["audit"][]> {
  let query = db.selectFrom("audit").selectAll().where("workspace_id", "=", filter.workspaceId);
  if (filter.before !== undefined) query = query.where("id", "<", filter.before);
  if (filter.action?.endsWith(".*")) {
    const prefix = filter.action.slice(0, -1);
    query = query.where("action", ">=", prefix).where("action", "<", `${prefix.slice(0, -1)}/`);
  } else if (filter.action !== undefined) query = query.where("action", "=", filter.action);
  if (filter.actor !== undefined) query = query.where("actor", "=", filter.actor);
  if (filter.from !== undefined) query = query.where("id", ">=", idFloor(Math.max(0, filter.from - idsBehindMs))).where("at", ">=", filter.from);
  if (filter.to !== undefined) query = query.where("id", "<", idFloor(filter.to + idsAheadMs)).where("at", "<", filter.to);
  return query.orderBy("id", "desc").limit(filter.limit).execute();
}
