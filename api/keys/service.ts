import { keyDigest, keyLast4, keyPrefix, mintKey } from "../../core/api-key.ts";
import { allScopes, defaultScopes, type Scope } from "../../core/endpoint.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import type { Store, Write } from "../../store/store.ts";
import type { ApiKeyRow, Plan, WorkspaceRow } from "../../store/tables.ts";
import { parseOrigin } from "./origins.ts";
import { findKey, findWorkspace, insertAudit, insertKey, insertWorkspace, updateKey, updateWorkspace } from "./queries.ts";

export const plans: readonly Plan[] = ["starter", "pro", "enterprise", "unlimited"];

export interface NewKey {
  workspaceId: string;
  type: "secret" | "publishable";
  name?: string | undefined;
  /** Default: the published set for secret keys; publishable keys always hold signals:write only. */
  scopes?: readonly string[] | undefined;
  /** Epoch ms. */
  expiresAt?: number | undefined;
  origins?: readonly string[] | undefined;
  mode?: ApiKeyRow["privacy_mode"] | undefined;
}

/** Who does it, as the audit says it, and when. */
export interface Deed {
  actor: string;
  now: number;
}

/** A key with its text, which for a secret key is kept nowhere. */
export interface Minted {
  id: string;
  key: string;
  row: ApiKeyRow;
}

/** Makes a workspace. Plan `unlimited` unless said: a self-hoster's own machine is the limit. */
export async function createWorkspace(store: Store, now: number, input: { name: string; plan?: Plan | undefined }): Promise<WorkspaceRow> {
  const name = input.name.trim();
  if (name === "" || name.length > 200) throw invalid("name", "invalid_length", "A workspace needs a name of 1 to 200 characters.");
  const row: WorkspaceRow = { id: newId(now), name, plan: input.plan ?? "unlimited", status: "active", created_at: now };
  await store.write((tx) => insertWorkspace(tx, row));
  return row;
}

/** Makes a key, from the command line or for the machine itself. */
export async function createKey(store: Store, now: number, input: NewKey): Promise<Minted> {
  if (!(await findWorkspace(store.read, input.workspaceId))) throw new ApiError("NOT_FOUND", { message: `There is no workspace ${input.workspaceId}.` });
  return store.write((tx) => addKey(tx, { actor: cli, now }, input));
}

/** Makes a key in a transaction of the caller's. */
export async function addKey(tx: Write, { actor, now }: Deed, input: NewKey): Promise<Minted> {
  if (input.expiresAt !== undefined && input.expiresAt <= now) throw invalid("expiresAt", "in_the_past", "The expiry lies in the past.");
  const key = mintKey(input.type);
  const row: ApiKeyRow = {
    workspace_id: input.workspaceId,
    id: newId(now),
    type: input.type,
    name: input.name ?? (input.type === "secret" ? "Secret key" : "Website"),
    digest: keyDigest(key),
    prefix: keyPrefix(key),
    last4: keyLast4(key),
    scopes: JSON.stringify([...new Set(scopesFor(input))]),
    allowed_origins: JSON.stringify((input.origins ?? []).map(parseOrigin)),
    privacy_mode: input.mode ?? "anonymous",
    public_text: input.type === "publishable" ? key : null,
    expires_at: input.expiresAt ?? null,
    revoked_at: null,
    rotated_to: null,
    created_at: now,
  };
  await insertKey(tx, row);
  await insertAudit(tx, { workspaceId: row.workspace_id, at: now, actor, action: "key.created", detail: { keyId: row.id, type: row.type, name: row.name } });
  return { id: row.id, key, row };
}

/** Ends a key at once, from the command line; idempotent. */
export async function revokeKey(store: Store, now: number, id: string, workspaceId?: string): Promise<ApiKeyRow> {
  return store.write(async (tx) => endKey(tx, { actor: cli, now }, await getKey(tx, id, workspaceId)));
}

/** Ends a key at once and for good; idempotent. */
export async function endKey(tx: Write, { actor, now }: Deed, row: ApiKeyRow): Promise<ApiKeyRow> {
  if (row.revoked_at !== null) return row;
  await updateKey(tx, row, { revoked_at: now });
  await insertAudit(tx, { workspaceId: row.workspace_id, at: now, actor, action: "key.revoked", detail: { keyId: row.id } });
  return { ...row, revoked_at: now };
}

/** Overlaps that a rotation may have, in ms. */
export const rotationOverlapsMs = { "0": 0, "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000 } as const;

/** Rotates a key from the command line. */
export async function rotateKey(store: Store, now: number, id: string, overlapMs: number, more: { expiresAt?: number | null | undefined } = {}): Promise<Minted> {
  return store.write(async (tx) => replaceKey(tx, { actor: cli, now }, await getKey(tx, id), { overlapMs, ...more }));
}

/**
 * A new key with the old one's rights; the old one ends after the overlap. The new one keeps the expiry unless another is
 * given (null = never), which it must be where the old one has expired.
 */
export async function replaceKey(tx: Write, { actor, now }: Deed, old: ApiKeyRow, how: { overlapMs: number; expiresAt?: number | null | undefined }): Promise<Minted> {
  if (old.revoked_at !== null) throw new ApiError("KEY_REVOKED");
  const expiresAt = how.expiresAt === undefined ? old.expires_at : how.expiresAt;
  if (how.expiresAt === undefined && expiresAt !== null && expiresAt <= now) throw invalid("expiresAt", "required", "The key has expired: say when the new one does, or null for never.");
  const made = await addKey(tx, { actor, now }, {
    workspaceId: old.workspace_id,
    type: old.type,
    name: old.name,
    scopes: JSON.parse(old.scopes) as string[],
    expiresAt: expiresAt ?? undefined,
    origins: JSON.parse(old.allowed_origins) as string[],
    mode: old.privacy_mode,
  });
  const ends = now + how.overlapMs;
  const end = how.overlapMs === 0 ? { revoked_at: now } : { expires_at: old.expires_at === null ? ends : Math.min(old.expires_at, ends) };
  await updateKey(tx, old, { rotated_to: made.id, ...end });
  await insertAudit(tx, { workspaceId: old.workspace_id, at: now, actor, action: "key.rotated", detail: { keyId: old.id, newKeyId: made.id, overlapMs: how.overlapMs } });
  return made;
}

/** Changes a workspace's plan, which holds from the next request. */
export async function changePlan(store: Store, now: number, id: string, plan: Plan): Promise<WorkspaceRow> {
  return store.write(async (tx) => {
    const row = await updateWorkspace(tx, id, { plan });
    if (!row) throw new ApiError("NOT_FOUND", { message: `There is no workspace ${id}. List them with: owlbound workspace list` });
    await insertAudit(tx, { workspaceId: id, at: now, actor: cli, action: "workspace.plan_changed", detail: { plan } });
    return row;
  });
}

const cli = "cli";

async function getKey(tx: Write, id: string, workspaceId?: string): Promise<ApiKeyRow> {
  const row = await findKey(tx, workspaceId, id);
  if (!row) throw new ApiError("NOT_FOUND", { message: `There is no key ${id}. List them with: owlbound key list` });
  return row;
}

function scopesFor(input: NewKey): readonly Scope[] {
  if (input.type === "publishable") return ["signals:write"];
  if (!input.scopes) return defaultScopes;
  return input.scopes.map((scope) => {
    const known = allScopes.find((s) => s === scope);
    if (!known) throw invalid("scopes", "unknown_scope", `There is no scope "${scope}". Known: ${allScopes.join(", ")}.`);
    return known;
  });
}
