import type { Store, Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import { emailDomain } from "../companies/index.ts";
import { keysVersion, matchKeys } from "./match-keys.ts";
import { saveKeys, saveWords, selectWithoutKeys, updateRow } from "./queries.ts";
import { searchWords } from "./words.ts";

const chunk = 500;

/** Writes what a contact is found by: the words of search, and what it would share with a duplicate. */
export async function indexContact(tx: Write, row: ContactRow): Promise<void> {
  await saveWords(tx, row.workspace_id, row.id, searchWords(row));
  await saveKeys(tx, row.workspace_id, row.id, matchKeys(row));
}

/** Writes the keys of contacts that are older than keys are; in short transactions, safe to run twice. */
export async function writeMissingKeys(store: Store): Promise<void> {
  const workspaces = await store.read.selectFrom("workspaces").select("id").execute();
  for (const { id } of workspaces) {
    for (let more = true; more; ) more = (await store.write((tx) => writeChunk(tx, id))) === chunk;
  }
}

async function writeChunk(tx: Write, workspaceId: string): Promise<number> {
  const rows = await selectWithoutKeys(tx, workspaceId, chunk);
  for (const row of rows) {
    const known = { ...row, email_domain: row.email_key === null ? null : emailDomain(row.email_key), keys_version: keysVersion };
    await updateRow(tx, known);
    await saveKeys(tx, workspaceId, row.id, matchKeys(known));
  }
  return rows.length;
}
