import type { MigrationSql } from "./index.ts";

/** Which rows of imports are about a contact: a merge moves them. */
export const importRowsByContact: MigrationSql = () => ["CREATE INDEX import_rows_by_contact ON import_rows (workspace_id, contact_id) WHERE contact_id IS NOT NULL"];
