import { ApiError, OperatorError } from "../../core/errors.ts";
import { originProblem } from "../../core/origin-words.ts";
import type { Store } from "../../store/store.ts";
import type { ApiKeyRow } from "../../store/tables.ts";
import { findKey, insertAudit, updateKey } from "./queries.ts";

/** The exact origins that a publishable key takes signals from; empty = any. Throws NOT_FOUND, and OperatorError for a secret key. */
export async function listKeyOrigins(store: Store, id: string): Promise<string[]> {
  return originsOf(id, await findKey(store.read, undefined, id)).origins;
}

/**
 * Adds origins to a publishable key's list and takes some from it; answers the list as it is then, which holds from the next
 * request. The last one can't be taken away: an empty list would let any site in.
 */
export async function changeKeyOrigins(store: Store, now: number, id: string, change: { allow: readonly string[]; remove: readonly string[] }): Promise<string[]> {
  const allow = change.allow.map(parseOrigin);
  const remove = change.remove.map(parseOrigin);
  if (allow.length + remove.length === 0) throw new OperatorError("No origin is named. Write e.g. --allow https://www.example.com");
  return store.write(async (tx) => {
    const { row, origins: before } = originsOf(id, await findKey(tx, undefined, id));
    if (row.revoked_at !== null) throw new ApiError("API_KEY_REVOKED");
    const missing = remove.find((origin) => !before.includes(origin));
    if (missing !== undefined) throw new OperatorError(`The key's list has no ${missing}. See it with: owlbound key origins ${id}`);
    const origins = [...new Set([...before, ...allow])].filter((origin) => !remove.includes(origin));
    if (origins.length === 0) throw new OperatorError("That would leave no origin, and a key without a list lets any site in. Revoke the key instead, or make one without --origin.");
    await updateKey(tx, row, { allowed_origins: JSON.stringify(origins) });
    await insertAudit(tx, { workspaceId: row.workspace_id, at: now, actor: "cli", action: "key.origins_changed", detail: { keyId: id, before, after: origins } });
    return origins;
  });
}

function originsOf(id: string, row: ApiKeyRow | undefined): { row: ApiKeyRow; origins: string[] } {
  if (!row) throw new ApiError("NOT_FOUND", { message: `There is no key ${id}. List them with: owlbound key list` });
  if (row.type !== "publishable") throw new OperatorError(`Key ${id} is a secret key, and those are for servers. Only publishable keys have a list of origins.`);
  return { row, origins: JSON.parse(row.allowed_origins) as string[] };
}

/** An origin exactly as browsers send it: scheme, host, port; no path, no wildcard. Throws OperatorError. */
export function parseOrigin(text: string): string {
  const problem = originProblem(text);
  if (problem !== undefined) throw new OperatorError(problem);
  return new URL(text).origin;
}
