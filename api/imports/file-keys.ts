import type { Write } from "../../store/store.ts";
import type { Decision } from "./decide.ts";
import { insertKeys, selectKeys } from "./queries.ts";
import type { ReadRow } from "./read-row.ts";

interface Decided {
  n: number;
  read: ReadRow;
  decision: Decision;
}

/**
 * Rejects rows for whom another row of the file stands already: the same address, the same profile, or the same contact. The first one that
 * is not rejected has it. Rows come in order, each once in a preview.
 */
export async function claimKeys(tx: Write, of: { workspaceId: string; id: string }, revision: number, rows: readonly Decided[]): Promise<Decision[]> {
  const claimed = await selectKeys(tx, of, revision, rows.flatMap((row) => keysOf(row).map(({ key }) => key)));
  const fresh = new Map<string, number>();
  const decisions = rows.map((row): Decision => {
    if (row.decision.outcome === "reject") return row.decision;
    const keys = keysOf(row);
    for (const { key, field, what } of keys) {
      const first = claimed.get(key);
      if (first !== undefined) return { outcome: "reject", reasons: [{ field, code: "duplicate_in_file", message: `Row ${first} of the file has ${what}.` }], contactId: row.decision.contactId, patch: {} };
    }
    for (const { key } of keys) {
      claimed.set(key, row.n);
      fresh.set(key, row.n);
    }
    return row.decision;
  });
  await insertKeys(tx, of, revision, fresh);
  return decisions;
}

function keysOf({ read: { keys }, decision: { contactId } }: Decided): { key: string; field?: string; what: string }[] {
  return [
    ...(keys.email === null ? [] : [{ key: `email ${keys.email}`, field: "email", what: "the same email" }]),
    ...(keys.linkedIn === null ? [] : [{ key: `linkedIn ${keys.linkedIn}`, field: "linkedInUrl", what: "the same LinkedIn address" }]),
    ...(contactId === null ? [] : [{ key: `contact ${contactId}`, what: "the same contact" }]),
  ];
}
