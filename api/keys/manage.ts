import type { Cursors } from "../../core/cursor.ts";
import { defaultScopes } from "../../core/endpoint.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { markAudited } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { ApiKeyRow } from "../../store/tables.ts";
import type { Key, KeyInput, KeyPatch, Rotation } from "./contract.ts";
import { checkFields, checkGrant, scopesOf } from "./grants.ts";
import { insertAudit, type KeyWithUse, lockKeys, selectKeys, updateKey as updateRow } from "./queries.ts";
import { addKey, type Deed, endKey, type Minted, replaceKey, rotationOverlapsMs } from "./service.ts";

const managing = "keys:manage";

export async function listKeys(ctx: Ctx, cursors: Cursors, query: { limit: number; cursor?: string | undefined }) {
  const bound = [ctx.workspace.id, "keys"];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await selectKeys(ctx.store.read, { workspaceId: ctx.workspace.id, before, limit: query.limit + 1 });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  const now = ctx.clock.now();
  return { keys: page.map((row) => toKey(row, now)), ...more };
}

export async function getKey(ctx: Ctx, id: string): Promise<Key> {
  const [row] = await selectKeys(ctx.store.read, { workspaceId: ctx.workspace.id, id, limit: 1 });
  if (!row) throw new ApiError("NOT_FOUND");
  return toKey(row, ctx.clock.now());
}

export async function createKey(ctx: Ctx, tx: Write, input: KeyInput): Promise<Key & { key: string }> {
  checkFields(input.type, input);
  const { acting } = await lockActing(ctx, tx);
  const scopes = input.type === "publishable" ? ["signals:write"] : (input.scopes ?? defaultScopes);
  checkGrant(acting, { scopes, expiresAt: input.expiresAt ?? null });
  const made = await addKey(tx, deedOf(ctx), {
    workspaceId: ctx.workspace.id,
    type: input.type,
    name: input.name,
    scopes,
    expiresAt: input.expiresAt ?? undefined,
    origins: input.allowedOrigins,
    mode: input.privacyMode,
  });
  return shown(ctx, made);
}

export async function updateKey(ctx: Ctx, tx: Write, id: string, patch: KeyPatch): Promise<Key> {
  const { acting, row } = await lockPair(ctx, tx, id);
  if (row.revoked_at !== null) throw new ApiError("KEY_REVOKED");
  checkFields(row.type, patch);
  checkPatch(acting, row, patch, ctx.clock.now());
  const { name, expiresAt } = patch;
  const change = {
    ...(name === undefined ? {} : { name }),
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    ...(patch.scopes === undefined ? {} : { scopes: JSON.stringify([...new Set(patch.scopes)]) }),
    ...(patch.allowedOrigins === undefined ? {} : { allowed_origins: JSON.stringify([...new Set(patch.allowedOrigins.map((text) => new URL(text).origin))]) }),
    ...(patch.privacyMode === undefined ? {} : { privacy_mode: patch.privacyMode }),
  };
  if (Object.keys(change).length > 0) await updateRow(tx, row, change);
  const { actor, now } = deedOf(ctx);
  const scopes = patch.scopes === undefined ? {} : { scopes: { before: scopesOf(row), after: patch.scopes } };
  await insertAudit(tx, { workspaceId: row.workspace_id, at: now, actor, action: "key.updated", detail: { keyId: id, fields: Object.keys(patch), ...scopes } });
  return reread(ctx, tx, id);
}

function checkPatch(acting: ApiKeyRow, row: ApiKeyRow, patch: KeyPatch, now: number): void {
  const held = scopesOf(row);
  checkGrant(acting, { scopes: patch.scopes?.filter((scope) => !held.includes(scope)) });
  if (acting.id === row.id && patch.scopes?.includes(managing) === false) throw new ApiError("KEY_IS_OWN");
  if (patch.allowedOrigins?.length === 0 && row.allowed_origins !== "[]") {
    throw invalid("allowedOrigins", "empty", "An empty list would let any site use the key. Revoke it instead, or create one without a list.");
  }
  const { expiresAt } = patch;
  if (expiresAt === undefined) return;
  if (expiresAt !== null && expiresAt <= now) throw invalid("expiresAt", "in_the_past", "The expiry lies in the past. To end the key now, revoke it.");
  const longer = row.expires_at !== null && (expiresAt === null || expiresAt > row.expires_at);
  // More time for a key is a grant of all that it holds.
  if (longer) checkGrant(acting, { scopes: held, expiresAt });
}

/** A rotation shows the text of a key with the old one's rights, so the asking key has to hold them all. */
export async function rotateKey(ctx: Ctx, tx: Write, id: string, rotation: Rotation | undefined): Promise<Key & { key: string }> {
  const { acting, row } = await lockPair(ctx, tx, id);
  if (row.revoked_at !== null) throw new ApiError("KEY_REVOKED");
  const expiresAt = rotation?.expiresAt;
  checkGrant(acting, { scopes: scopesOf(row), expiresAt: expiresAt === undefined ? row.expires_at : expiresAt });
  return shown(ctx, await replaceKey(tx, deedOf(ctx), row, { overlapMs: rotationOverlapsMs[rotation?.overlap ?? "24h"], expiresAt }));
}

export async function revokeKey(ctx: Ctx, tx: Write, id: string): Promise<Key> {
  const { acting, row } = await lockPair(ctx, tx, id);
  if (acting.id === row.id) throw new ApiError("KEY_IS_OWN");
  await endKey(tx, deedOf(ctx), row);
  return reread(ctx, tx, id);
}

/** The asking key as it is inside the transaction: another may have ended it, or taken scopes from it, a moment ago. */
async function lockActing(ctx: Ctx, tx: Write, ...others: string[]): Promise<{ acting: ApiKeyRow; rows: ApiKeyRow[] }> {
  const rows = await lockKeys(tx, ctx.store.dialect, ctx.workspace.id, [ctx.actor.id, ...others]);
  const acting = rows.find((row) => row.id === ctx.actor.id);
  if (!acting || acting.revoked_at !== null) throw new ApiError("API_KEY_REVOKED");
  if (acting.expires_at !== null && acting.expires_at <= ctx.clock.now()) throw new ApiError("API_KEY_EXPIRED");
  if (!scopesOf(acting).includes(managing)) throw new ApiError("INSUFFICIENT_SCOPE");
  return { acting, rows };
}

async function lockPair(ctx: Ctx, tx: Write, id: string): Promise<{ acting: ApiKeyRow; row: ApiKeyRow }> {
  const { acting, rows } = await lockActing(ctx, tx, id);
  const row = rows.find((each) => each.id === id);
  if (!row) throw new ApiError("NOT_FOUND");
  return { acting, row };
}

function deedOf(ctx: Ctx): Deed {
  markAudited(ctx);
  return { actor: `${ctx.actor.kind}:${ctx.actor.id}`, now: ctx.clock.now() };
}

const shown = (ctx: Ctx, { row, key }: Minted) => ({ ...toKey({ ...row, last_used_at: null }, ctx.clock.now()), key });

async function reread(ctx: Ctx, tx: Write, id: string): Promise<Key> {
  const [row] = await selectKeys(tx, { workspaceId: ctx.workspace.id, id, limit: 1 });
  if (!row) throw new ApiError("NOT_FOUND");
  return toKey(row, ctx.clock.now());
}

function toKey(row: KeyWithUse, now: number): Key {
  const expired = row.expires_at !== null && row.expires_at <= now;
  return {
    id: row.id,
    type: row.type,
    name: row.name,
    prefix: row.prefix,
    last4: row.last4,
    publicKey: row.public_text,
    scopes: scopesOf(row),
    allowedOrigins: JSON.parse(row.allowed_origins) as string[],
    privacyMode: row.privacy_mode,
    status: row.revoked_at !== null ? "revoked" : expired ? "expired" : "active",
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    rotatedTo: row.rotated_to,
    lastUsedAt: row.last_used_at,
    createdAt: row.created_at,
  };
}
