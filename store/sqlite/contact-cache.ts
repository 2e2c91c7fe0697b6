import type Database from "better-sqlite3";
import { boundedCache } from "../../core/lru.ts";
import type { ContactCache } from "../store.ts";

/** Two generations of so many characters: at most four times as many bytes, mostly less than two. */
const charsMax = 2_000_000;
const textCharsMax = 64 * 1024;
const overheadChars = 200;

/** Whose answers change with a row: the columns that name the contact, and those that an update has to change to matter (all, where none are said). */
const tables: { table: string; contact: string; columns?: readonly string[] }[] = [
  { table: "contacts", contact: "id" },
  { table: "enrichment_values", contact: "contact_id" },
  { table: "contact_scores", contact: "contact_id" },
  { table: "signals", contact: "contact_id", columns: ["id", "workspace_id", "contact_id", "type", "priority", "source", "received_at", "data", "bot"] },
];

/**
 * What a text about a contact may be made of.
 * @internal for the test that compares
 */
export const cachedTables: readonly string[] = [...tables.map(({ table }) => table), "companies"];

/**
 * What is kept of contacts in memory, told by the database itself what has changed: triggers of the writer's own connection name each
 * contact that a row of it touches, whoever writes the row, so that no code can forget to. Its commit makes it count.
 */
export function createContactCache(db: Database.Database, checkForeign: () => void): ContactCache & { committed(): void; clear(): void } {
  const kept = boundedCache<string, string>(charsMax, (text) => text.length + overheadChars);
  /** Of the open transaction. One that was rolled back leaves its own to the next: forgetting too much is no fault. */
  let touched = new Set<string>();
  let allTouched = false;
  let changes = 0;

  db.function("owlbound_contact_changed", (workspaceId: unknown, contactId: unknown) => {
    touched.add(`${String(workspaceId)} ${String(contactId)}`);
    return null;
  });
  db.function("owlbound_company_changed", () => {
    allTouched = true;
    return null;
  });
  db.exec(triggers.join(";"));

  function clear(): void {
    kept.clear();
    changes += 1;
  }

  function committed(): void {
    if (allTouched) clear();
    else if (touched.size > 0) {
      for (const key of touched) kept.delete(key);
      changes += 1;
    }
    allTouched = false;
    if (touched.size > 0) touched = new Set();
  }

  return {
    get: (workspaceId, contactId) => {
      checkForeign();
      return kept.get(`${workspaceId} ${contactId}`);
    },
    moment: () => changes,
    keep: (workspaceId, contactId, text, moment) => {
      if (moment === changes && text.length <= textCharsMax) kept.set(`${workspaceId} ${contactId}`, text);
    },
    committed,
    clear,
  };
}

const triggers = [
  ...tables.flatMap(({ table, contact, columns }) => {
    const tell = (row: "new" | "old") => `SELECT owlbound_contact_changed(${row}.workspace_id, ${row}.${contact}) WHERE ${row}.${contact} IS NOT NULL;`;
    const on = (event: string, name: string, body: string, when = "") => `CREATE TEMP TRIGGER ${table}_${name}_unkept AFTER ${event} ON main.${table}${when} BEGIN ${body} END`;
    return [
      on("INSERT", "added", tell("new"), ` WHEN new.${contact} IS NOT NULL`),
      on(columns ? `UPDATE OF ${columns.join(", ")}` : "UPDATE", "changed", tell("old") + tell("new")),
      on("DELETE", "removed", tell("old"), ` WHEN old.${contact} IS NOT NULL`),
    ];
  }),
  // Whose contacts show it is not looked for: companies change seldom.
  ...["UPDATE", "DELETE"].map((event) => `CREATE TEMP TRIGGER companies_${event.toLowerCase()}_unkept AFTER ${event} ON main.companies BEGIN SELECT owlbound_company_changed(); END`),
];
