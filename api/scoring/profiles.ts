import type { z } from "zod";
import type { Cursors } from "../../core/cursor.ts";
import { ApiError } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { pageOf } from "../../core/page.ts";
import { findAuthored, insertAuthored, lockAuthored, saveAuthored, type Saved, selectAuthored } from "../../store/authored.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit, recordEvent } from "../../store/events.ts";
import type { Read, Write } from "../../store/store.ts";
import type { AuthoredRow } from "../../store/tables-outreach.ts";
import { Definition, type ProfileInput, type ProfilePatch } from "./contract.ts";
import { findPublication, findVersion, savePublication, selectPublications } from "./queries.ts";

type Publication = { version: number; published_at: number } | undefined;

export async function listProfiles(ctx: Ctx, cursors: Cursors, query: { limit: number; cursor?: string | undefined; status?: "draft" | "published" | undefined; include_archived: boolean }) {
  const bound = [ctx.workspace.id, "icp-profiles", query.status, query.include_archived];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const status = query.status === "published" ? "active" : query.status;
  const rows = await selectAuthored(ctx.store.read, "icp_profiles", { workspaceId: ctx.workspace.id, limit: query.limit + 1, before, status, includeArchived: query.include_archived });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  const published = await selectPublications(ctx.store.read, ctx.workspace.id, page.map(({ id }) => id));
  return { profiles: page.map((row) => toSummary(row, published.get(row.id))), ...more };
}

/** The draft, or another version that was saved. */
export async function getProfile(ctx: Ctx, id: string, version?: number) {
  const db = ctx.store.read;
  const row = await getProfileRow(db, ctx.workspace.id, id);
  const published = await findPublication(db, ctx.workspace.id, id);
  if (version === undefined || version === row.version) return toProfile(row, published);
  return toProfile({ ...row, version, definition: await getVersion(db, ctx.workspace.id, id, version) }, published);
}

export async function createProfile(ctx: Ctx, tx: Write, { name, ...given }: z.output<typeof ProfileInput>) {
  const now = ctx.clock.now();
  const definition = JSON.stringify(Definition.parse({ description: null, negative: [], ...given }));
  const row: Saved = { workspace_id: ctx.workspace.id, id: newId(now), name, status: "draft", version: 1, created_at: now, updated_at: now, archived_at: null, definition };
  await insertAuthored(tx, "icp_profiles", row);
  await note(ctx, tx, row, "icp_profile.created");
  return toProfile(row, undefined);
}

/** Makes the next version of the draft; what is published stays. */
export async function updateProfile(ctx: Ctx, tx: Write, id: string, { name, ...given }: z.output<typeof ProfilePatch>) {
  const row = await lockInUse(tx, ctx.workspace.id, id);
  const definition = Definition.parse({ ...definitionOf(row), ...given });
  const saved = await saveAuthored(tx, "icp_profiles", row, { ...(name === undefined ? {} : { name }), definition: JSON.stringify(definition) }, ctx.clock.now());
  await note(ctx, tx, saved, "icp_profile.updated");
  return toProfile(saved, await findPublication(tx, ctx.workspace.id, id));
}

/** The draft's version scores from now on; doing it again changes nothing. */
export async function publishProfile(ctx: Ctx, tx: Write, id: string) {
  const row = await lockInUse(tx, ctx.workspace.id, id);
  const before = await findPublication(tx, ctx.workspace.id, id);
  if (before?.version === row.version) return toProfile(row, before);
  const now = ctx.clock.now();
  const saved = row.status === "active" ? row : await saveAuthored(tx, "icp_profiles", row, { status: "active" }, now);
  await savePublication(tx, { workspace_id: ctx.workspace.id, of_id: id, version: row.version, published_at: now });
  await note(ctx, tx, saved, "icp_profile.published");
  return toProfile(saved, { version: row.version, published_at: now });
}

/** Takes a profile out of use; doing it again changes nothing. */
export async function archiveProfile(ctx: Ctx, tx: Write, id: string) {
  const row = await lockAuthored(tx, "icp_profiles", ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  const published = await findPublication(tx, ctx.workspace.id, id);
  if (row.archived_at !== null) return toProfile(row, published);
  const now = ctx.clock.now();
  const saved = await saveAuthored(tx, "icp_profiles", row, { archived_at: now }, now);
  await note(ctx, tx, saved, "icp_profile.archived");
  return toProfile(saved, published);
}

/** What scores now. Throws NOT_FOUND (archived ones too) and ICP_PROFILE_NOT_PUBLISHED. */
export async function publishedProfile(db: Read | Write, workspaceId: string, id: string): Promise<{ id: string; name: string; version: number; definition: Definition }> {
  const row = await findAuthored(db, "icp_profiles", workspaceId, id);
  if (!row) throw new ApiError("NOT_FOUND", { message: "There is no ICP profile with this icpProfileId." });
  if (row.archived_at !== null) throw new ApiError("NOT_FOUND", { message: "The ICP profile is archived. Create a new one." });
  const published = await findPublication(db, workspaceId, id);
  if (!published) throw new ApiError("ICP_PROFILE_NOT_PUBLISHED");
  return { id, name: row.name, version: published.version, definition: definitionOf({ definition: await getVersion(db, workspaceId, id, published.version) }) };
}

/** Throws NOT_FOUND; archived ones are found. */
export async function getProfileRow(db: Read | Write, workspaceId: string, id: string): Promise<Saved> {
  const row = await findAuthored(db, "icp_profiles", workspaceId, id);
  if (!row) throw new ApiError("NOT_FOUND");
  return row;
}

export async function getVersion(db: Read | Write, workspaceId: string, id: string, version: number): Promise<string> {
  const definition = await findVersion(db, workspaceId, id, version);
  if (definition === undefined) throw new ApiError("NOT_FOUND", { message: "The ICP profile has no such version." });
  return definition;
}

export const definitionOf = (row: Pick<Saved, "definition">): Definition => JSON.parse(row.definition) as Definition;

async function lockInUse(tx: Write, workspaceId: string, id: string): Promise<Saved> {
  const row = await lockAuthored(tx, "icp_profiles", workspaceId, id);
  if (!row) throw new ApiError("NOT_FOUND");
  if (row.archived_at !== null) throw new ApiError("NOT_FOUND", { message: "The ICP profile is archived. Create a new one." });
  return row;
}

async function note(ctx: Ctx, tx: Write, row: AuthoredRow, kind: string): Promise<void> {
  const detail = { icpProfileId: row.id, version: row.version };
  await recordEvent(tx, ctx, kind, detail);
  await recordAudit(tx, ctx, kind, detail);
}

function toSummary(row: AuthoredRow, published: Publication) {
  return {
    id: row.id,
    name: row.name,
    status: published ? ("published" as const) : ("draft" as const),
    version: row.version,
    publishedVersion: published?.version ?? null,
    publishedAt: published?.published_at ?? null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    archivedAt: row.archived_at,
  };
}

const toProfile = (row: Saved, published: Publication) => ({ ...toSummary(row, published), ...definitionOf(row) });
