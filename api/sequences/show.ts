import { selectByIds } from "../../store/by-ids.ts";
import type { Read, Write } from "../../store/store.ts";
import type { Enrollment } from "./contract.ts";
import { toEnrollment } from "./enrollments.ts";
import { toSummary } from "./service.ts";

/** Sequences by id, without their definitions. */
export async function showSequences(db: Read | Write, workspaceId: string, ids: readonly string[]): Promise<Map<string, ReturnType<typeof toSummary>>> {
  return new Map((await selectByIds(db, "sequences", workspaceId, ids)).map((row) => [row.id, toSummary(row)]));
}

/** Enrollments as the API shows them, by id. */
export async function showEnrollments(db: Read | Write, workspaceId: string, ids: readonly string[]): Promise<Map<string, Enrollment>> {
  const rows = await selectByIds(db, "enrollments", workspaceId, ids);
  const sequences = new Map((await selectByIds(db, "sequences", workspaceId, [...new Set(rows.map((row) => row.sequence_id))])).map((row) => [row.id, row]));
  return new Map(rows.flatMap((row) => {
    const sequence = sequences.get(row.sequence_id);
    return sequence === undefined ? [] : [[row.id, toEnrollment(row, sequence)] as const];
  }));
}
