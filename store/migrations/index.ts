import { first } from "./0001-first.ts";
import { visitsFromSignals } from "./0002-visits-from-signals.ts";
import { contacts } from "./0003-contacts.ts";
import { outreach } from "./0007-outreach.ts";
import { runsByContact } from "./0008-runs-by-contact.ts";
import { queueByKind } from "./0009-queue-by-kind.ts";
import { people } from "./0010-people.ts";
import { imports } from "./0011-imports.ts";
import { intel } from "./0012-intel.ts";
import { accounts } from "./0013-accounts.ts";
import { connectors } from "./0014-connectors.ts";
import { runs } from "./0015-runs.ts";
import { events } from "./0016-events.ts";
import { wordsOfAContact } from "./0017-words-of-a-contact.ts";
import { importRowsByContact } from "./0018-import-rows-by-contact.ts";
import { views } from "./0019-views.ts";
import { companyNames } from "./0020-company-names.ts";

export interface MigrationWords {
  dialect: "sqlite" | "postgres";
  wide(table: string, columns: string): string;
  small(table: string, columns: string): string;
}
export type MigrationSql = (words: MigrationWords) => string[];

/** In order, frozen once landed: a change is a new entry. Each runs in one transaction. */
export const migrations: readonly { name: string; sql: MigrationSql }[] = [
  { name: "0001-first", sql: first },
  { name: "0002-visits-from-signals", sql: visitsFromSignals },
  { name: "0003-contacts", sql: contacts },
  { name: "0007-outreach", sql: outreach },
  { name: "0008-runs-by-contact", sql: runsByContact },
  { name: "0009-queue-by-kind", sql: queueByKind },
  { name: "0010-people", sql: people },
  { name: "0011-imports", sql: imports },
  { name: "0012-intel", sql: intel },
  { name: "0013-accounts", sql: accounts },
  { name: "0014-connectors", sql: connectors },
  { name: "0015-runs", sql: runs },
  { name: "0016-events", sql: events },
  { name: "0017-words-of-a-contact", sql: wordsOfAContact },
  { name: "0018-import-rows-by-contact", sql: importRowsByContact },
  { name: "0019-views", sql: views },
  { name: "0020-company-names", sql: companyNames },
];

export const sqliteWords: MigrationWords = {
  dialect: "sqlite",
  wide: (table, columns) => `CREATE TABLE ${table} (${columns}) STRICT`,
  small: (table, columns) => `CREATE TABLE ${table} (${columns}) STRICT, WITHOUT ROWID`,
};

const postgresTypes = (columns: string) => columns.replaceAll("INTEGER", "BIGINT").replaceAll("REAL", "DOUBLE PRECISION");

/** Text compares by byte on both databases: `COLLATE "C"` on PostgreSQL. */
const postgresTable = (table: string, columns: string) => `CREATE TABLE ${table} (${postgresTypes(columns).replaceAll(/\bTEXT\b/g, 'TEXT COLLATE "C"')})`;

export const postgresWords: MigrationWords = { dialect: "postgres", wide: postgresTable, small: postgresTable };
