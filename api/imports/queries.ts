import { groupsOf, padded } from "../../store/batches.ts";
import { preparedRows } from "../../store/prepared.ts";
import type { Read, Write } from "../../store/store.ts";
import type { ImportedRow, ImportRow, ImportTables } from "../../store/tables-imports.ts";

type Db = Read | Write;
interface Id {
  workspaceId: string;
  id: string;
}

export async function insertImport(tx: Write, row: ImportRow): Promise<void> {
  await tx.insertInto("imports").values(row).execute();
}

export async function findImport(db: Db, { workspaceId, id }: Id): Promise<ImportRow | undefined> {
  return db.selectFrom("imports").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function selectImports(db: Read, page: { workspaceId: string; limit: number; before: string | undefined }): Promise<ImportRow[]> {
  let query = db.selectFrom("imports").selectAll().where("workspace_id", "=", page.workspaceId);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

/** As `findImport`, and nobody else changes it until the transaction ends. */
export async function lockImport(tx: Write, { workspaceId, id }: Id): Promise<ImportRow | undefined> {
  // An update locks on both databases; it changes nothing.
  await tx.updateTable("imports").set((eb) => ({ revision: eb.ref("revision") })).where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
  return findImport(tx, { workspaceId, id });
}

/** Writes a locked import. */
export async function setImport(tx: Write, { workspace_id, id, ...set }: ImportRow): Promise<void> {
  await tx.updateTable("imports").set(set).where("workspace_id", "=", workspace_id).where("id", "=", id).execute();
}

/** Changes an import if it still is as `seen`; false where somebody else was quicker. Holds the row until the transaction ends. */
export async function advanceImport(tx: Write, seen: Pick<ImportRow, "workspace_id" | "id" | "status" | "revision" | "rows" | "done">, set: Partial<ImportRow>): Promise<boolean> {
  const result = await tx
    .updateTable("imports")
    .set(set)
    .where("workspace_id", "=", seen.workspace_id)
    .where("id", "=", seen.id)
    .where("status", "=", seen.status)
    .where("revision", "=", seen.revision)
    .where("rows", "=", seen.rows)
    .where("done", "=", seen.done)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function insertPieces(tx: Write, pieces: readonly { workspace_id: string; import_id: string; start: number; text: string }[]): Promise<void> {
  await tx.insertInto("import_pieces").values([...pieces]).execute();
}

/** The piece of the file's text that holds the byte at `at`, or the last one. */
export async function findPiece(db: Read, { workspaceId, id }: Id, at: number): Promise<{ start: number; text: string } | undefined> {
  return db.selectFrom("import_pieces").select(["start", "text"]).where("workspace_id", "=", workspaceId).where("import_id", "=", id).where("start", "<=", at).orderBy("start", "desc").limit(1).executeTakeFirst();
}

const upsertRows = preparedRows((db, rows: ImportedRow[]) =>
  db
    .insertInto("import_rows")
    .values(rows)
    .onConflict((on) =>
      on.columns(["workspace_id", "import_id", "n"]).doUpdateSet((eb) => ({
        outcome: eb.ref("excluded.outcome"),
        reasons: eb.ref("excluded.reasons"),
        contact_id: eb.ref("excluded.contact_id"),
        result: eb.ref("excluded.result"),
      })),
    ),
);

/** Writes rows, or what became of rows that are there. */
export async function saveRows(tx: Write, rows: readonly ImportedRow[]): Promise<void> {
  for (const group of groupsOf(rows)) await upsertRows(tx, group);
}

/** Rows after row `after`, in order. */
export async function selectRows(db: Db, { workspaceId, id }: Id, page: { after: number; limit: number; outcome?: ImportedRow["outcome"] | undefined }): Promise<ImportedRow[]> {
  let query = db.selectFrom("import_rows").selectAll().where("workspace_id", "=", workspaceId).where("import_id", "=", id).where("n", ">", page.after);
  if (page.outcome) query = query.where("outcome", "=", page.outcome);
  return query.orderBy("n").limit(page.limit).execute();
}

/** Rows that were rejected, by the preview or by the commit, after row `after`. */
export async function selectRejected(db: Read, { workspaceId, id }: Id, page: { after: number; limit: number }): Promise<ImportedRow[]> {
  return db
    .selectFrom("import_rows")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("import_id", "=", id)
    .where("n", ">", page.after)
    .where((eb) => eb.or([eb("outcome", "=", "reject"), eb("result", "=", "rejected")]))
    .orderBy("n")
    .limit(page.limit)
    .execute();
}

type KeyRow = ImportTables["import_keys"];
const insertKeyRows = preparedRows((db, rows: KeyRow[]) => db.insertInto("import_keys").values(rows));
const keyRowsOf = preparedRows((db, rows: Omit<KeyRow, "n">[]) => {
  const of = (column: "workspace_id" | "import_id") => rows[0]?.[column] ?? "";
  return db
    .selectFrom("import_keys")
    .select(["key", "n"])
    .where("workspace_id", "=", of("workspace_id"))
    .where("import_id", "=", of("import_id"))
    .where("revision", "=", rows[0]?.revision ?? 0)
    .where("key", "in", rows.map(({ key }) => key));
});

/** Which row has each of the keys, of those that were seen in this preview. */
export async function selectKeys(tx: Write, { workspaceId, id }: Id, revision: number, keys: readonly string[]): Promise<Map<string, number>> {
  if (keys.length === 0) return new Map();
  const { rows } = await keyRowsOf(tx, padded(keys).map((key) => ({ workspace_id: workspaceId, import_id: id, revision, key })));
  return new Map(rows.map(({ key, n }) => [key, n]));
}

export async function insertKeys(tx: Write, { workspaceId, id }: Id, revision: number, keys: ReadonlyMap<string, number>): Promise<void> {
  const rows = [...keys].map(([key, n]) => ({ workspace_id: workspaceId, import_id: id, revision, key, n }));
  for (const group of groupsOf(rows)) await insertKeyRows(tx, group);
}

const pieceChunk = 50;
const keyChunk = 2000;

/** Deletes some of the file's text; false once there is none. */
export async function deletePieces(tx: Write, { workspaceId, id }: Id): Promise<boolean> {
  const some = tx.selectFrom("import_pieces").select("start").where("workspace_id", "=", workspaceId).where("import_id", "=", id).limit(pieceChunk);
  const result = await tx.deleteFrom("import_pieces").where("workspace_id", "=", workspaceId).where("import_id", "=", id).where("start", "in", some).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Deletes some of the keys of previews before `revision`; false once there are none. */
export async function deleteKeys(tx: Write, { workspaceId, id }: Id, revision: number): Promise<boolean> {
  const old = tx.selectFrom("import_keys").select("key").where("workspace_id", "=", workspaceId).where("import_id", "=", id).where("revision", "<", revision).limit(keyChunk);
  const result = await tx.deleteFrom("import_keys").where("workspace_id", "=", workspaceId).where("import_id", "=", id).where("revision", "<", revision).where("key", "in", old).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Deletes some rows; false once there are none. */
export async function deleteRows(tx: Write, { workspaceId, id }: Id): Promise<boolean> {
  const some = tx.selectFrom("import_rows").select("n").where("workspace_id", "=", workspaceId).where("import_id", "=", id).orderBy("n").limit(keyChunk);
  const result = await tx.deleteFrom("import_rows").where("workspace_id", "=", workspaceId).where("import_id", "=", id).where("n", "in", some).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export async function setPurged(tx: Write, { workspaceId, id }: Id, at: number): Promise<void> {
  await tx.updateTable("imports").set({ rows_purged_at: at }).where("workspace_id", "=", workspaceId).where("id", "=", id).where("rows_purged_at", "is", null).execute();
}

/** Imports whose rows are kept longer than promised. */
export async function selectExpired(db: Read, now: number, limit: number): Promise<ImportRow[]> {
  return db.selectFrom("imports").selectAll().where("rows_purged_at", "is", null).where("expires_at", "<=", now).orderBy("expires_at").limit(limit).execute();
}

/** Uploads older than `before` (an id) that belong to no import: their server died, or their call failed. */
export async function selectOrphans(db: Read, before: string, limit: number): Promise<Id[]> {
  const rows = await db
    .selectFrom("import_pieces as p")
    .select(["p.workspace_id", "p.import_id"])
    .distinct()
    .where("p.import_id", "<", before)
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom("imports as i").select("i.id").whereRef("i.workspace_id", "=", "p.workspace_id").whereRef("i.id", "=", "p.import_id"))))
    .limit(limit)
    .execute();
  return rows.map((row) => ({ workspaceId: row.workspace_id, id: row.import_id }));
}
