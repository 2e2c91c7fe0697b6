import { type ExpressionBuilder, type ExpressionWrapper, type RawBuilder, sql, type SqlBool } from "kysely";
import type { Read } from "../../../store/store.ts";
import type { ContactRow, Tables } from "../../../store/tables.ts";
import type { NameMatch, WordMatch, WordQuery } from "../../../store/word-match.ts";

export interface ContactPage {
  workspaceId: string;
  limit: number;
  status?: string | undefined;
  source?: string | undefined;
  /** Part of the company's name in lower case, and the words that every name with it has. */
  company?: { part: string; pieces: WordQuery } | undefined;
  sortBy: "createdAt" | "score" | "activityScore";
  ascending: boolean;
  includeArchived: boolean;
  /** Sort value and id of the row before. */
  after?: readonly [number, string] | undefined;
}

/** The indexes are over these very texts. A contact without a score has -1, and comes last in both directions. */
const isArchived = sql<number>`(CASE WHEN archived_at IS NULL THEN 0 ELSE 1 END)`;
const sortValue = { createdAt: undefined, score: sql<number>`coalesce(score, -1)`, activityScore: sql<number>`coalesce(activity_score, -1)` };
const unscored = -1;

/** Up to so many contacts of a company filter are sorted; with more, the next ones of the sort's index have it soon enough. */
const sortedMax = 2_000;

/** Up to so many companies are asked for their contacts each; what more of them have is common among the newest contacts. */
const namesMax = 32;

/** The sort value that `after` of the next page needs. */
export function positionOf(row: ContactRow, sortBy: ContactPage["sortBy"]): [number, string] {
  return [sortBy === "createdAt" ? 0 : ((sortBy === "score" ? row.score : row.activity_score) ?? unscored), row.id];
}

/** A page that an index holds in its order: as cheap at the end of a million contacts as at the start of a thousand. */
export async function selectContacts(db: Read, match: WordMatch, page: ContactPage): Promise<ContactRow[]> {
  const { company } = page;
  if (company !== undefined && page.sortBy === "createdAt" && match.names) return selectByNames(db, match, match.names, page, company);
  if (company !== undefined && (page.sortBy === "createdAt" || !(await moreMatch(db, match, company.pieces)))) return selectMatching(db, match, page, company);
  const streams = await Promise.all((page.includeArchived ? [0, 1] : [0]).map((archived) => selectStream(db, page, archived)));
  const [only = [], other] = streams;
  return other ? [...only, ...other].toSorted(comparing(page)).slice(0, page.limit) : only;
}

type Eb = ExpressionBuilder<Tables, "contacts">;
type Condition = (eb: Eb) => ExpressionWrapper<Tables, "contacts", SqlBool> | RawBuilder<SqlBool>;

/** Live contacts or archived ones, stretch by stretch of the index. */
async function selectStream(db: Read, page: ContactPage, archived: number): Promise<ContactRow[]> {
  const direction = page.ascending ? "asc" : "desc";
  const value = sortValue[page.sortBy];
  const found: ContactRow[] = [];
  for (const { conditions, sorted } of stretchesOf(page)) {
    let query = db.selectFrom("contacts").selectAll().where("workspace_id", "=", page.workspaceId).where(isArchived, "=", archived);
    if (page.status !== undefined) query = query.where("status", "=", page.status);
    if (page.source !== undefined) query = query.where("source", "=", page.source);
    if (page.company !== undefined) query = query.where(holds(page.company.part));
    for (const condition of conditions) query = query.where(condition);
    if (value !== undefined && sorted) query = query.orderBy(value, direction);
    found.push(...(await query.orderBy("id", direction).limit(page.limit - found.length).execute()));
    if (found.length >= page.limit) break;
  }
  return found;
}

interface Stretch {
  conditions: Condition[];
  /** False where all have one value. */
  sorted: boolean;
}

/** `(value, id)` beyond a position, and "unscored last", as ranges that follow each other: an index can't seek to an OR. */
function stretchesOf({ sortBy, ascending, after }: ContactPage): Stretch[] {
  const value = sortValue[sortBy];
  const beyond = ascending ? ">" : "<";
  const further: Condition[] = after ? [(eb) => eb("id", beyond, after[1])] : [];
  if (value === undefined) return [{ conditions: further, sorted: false }];
  const scored: Stretch = { conditions: [(eb) => eb(value, ">", unscored)], sorted: true };
  const none: Condition = (eb) => eb(value, "=", unscored);
  const last: Stretch = { conditions: [none], sorted: false };
  if (!after) return ascending ? [scored, last] : [{ conditions: [], sorted: true }];
  const same: Stretch = { conditions: [(eb) => eb(value, "=", after[0]), ...further], sorted: false };
  const rest: Stretch = { conditions: [(eb) => eb(value, beyond, after[0])], sorted: true };
  if (!ascending) return [same, rest];
  return after[0] === unscored ? [{ conditions: [none, ...further], sorted: false }] : [same, rest, last];
}

function comparing({ sortBy, ascending }: ContactPage): (a: ContactRow, b: ContactRow) => number {
  const sign = ascending ? 1 : -1;
  const rank = (row: ContactRow) => {
    const [value] = positionOf(row, sortBy);
    return ascending && value === unscored && sortBy !== "createdAt" ? Number.MAX_SAFE_INTEGER : value;
  };
  return (a, b) => sign * (rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
}

/** Whether there are too many to sort. Those of workspaces whose ids end alike count as well; either way finds the same. */
async function moreMatch(db: Read, match: WordMatch, pieces: WordQuery): Promise<boolean> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM (SELECT 1 AS one FROM ${match.index("pieces")} WHERE ${match.where("pieces", pieces)} LIMIT ${sortedMax + 1}) AS hits`.execute(db);
  return Number(rows[0]?.n ?? 0) > sortedMax;
}

type Company = NonNullable<ContactPage["company"]>;

/** Contacts by the pieces of their company's name: in the order of that index, or all of them, sorted. */
async function selectMatching(db: Read, match: WordMatch, page: ContactPage, company: Company): Promise<ContactRow[]> {
  return (await matching(match, page, company.part, match.where("pieces", company.pieces), sql`c.*`).execute(db)).rows;
}

function matching(match: WordMatch, page: ContactPage, part: string, matches: RawBuilder<SqlBool>, columns: RawBuilder<unknown>): RawBuilder<ContactRow> {
  const conditions = [sql<SqlBool>`w.workspace_id = ${page.workspaceId}`, matches, holds(part), ...filters(page)];
  const direction = directionOf(page);
  const value = sortValue[page.sortBy];
  if (page.after) {
    const [at, id] = page.after;
    conditions.push(value === undefined ? match.beyond("pieces", page.workspaceId, id, page.ascending) : afterValue(value, at, id, page.ascending));
  }
  const order = value === undefined ? sql`${match.order("pieces")} ${direction}` : sql`CASE WHEN ${value} = ${unscored} THEN 1 ELSE 0 END, ${value} ${direction}, c.id ${direction}`;
  return sql<ContactRow>`SELECT ${columns} FROM ${match.from("pieces")} ${join} WHERE ${sql.join(conditions, sql` AND `)} ORDER BY ${order} LIMIT ${page.limit}`;
}

/**
 * The newest or oldest contacts of the few companies whose names hold the part, each by the index of names; of as many as the page has at most, whatever
 * a company has. Where many names hold it, contacts by the pieces, one after another.
 */
async function selectByNames(db: Read, match: WordMatch, nameMatch: NameMatch, page: ContactPage, { part, pieces }: Company): Promise<ContactRow[]> {
  const few = sql<SqlBool>`(SELECT count(*) FROM names) <= ${namesMax}`;
  const direction = directionOf(page);
  const [beyond, within] = (page.ascending ? [">", "<"] : ["<", ">"]).map((sign) => sql.raw(sign));
  const conditions = [sql<SqlBool>`c.workspace_id = names.workspace_id`, sql<SqlBool>`c.company_key = names.name`, ...filters(page)];
  if (page.after) conditions.push(sql<SqlBool>`c.id ${beyond} ${page.after[1]}`);
  const ofOne = sql.join(conditions, sql` AND `);
  const furthest = sql`coalesce((SELECT c.id FROM contacts AS c WHERE ${ofOne} ORDER BY c.id ${direction} LIMIT 1 OFFSET ${page.limit - 1}), ${page.ascending ? "~" : ""})`;
  const { rows } = await sql<ContactRow>`
    WITH names AS MATERIALIZED (SELECT n.workspace_id, n.name FROM ${nameMatch.from} WHERE n.workspace_id = ${page.workspaceId} AND ${nameMatch.where(pieces)} AND ${like(sql`n.name`, part)} LIMIT ${namesMax + 1}),
      found AS (
        SELECT * FROM (SELECT c.id, 0 AS place FROM names CROSS JOIN contacts AS c ON ${ofOne} AND c.id ${within}= ${furthest} WHERE ${few} ORDER BY c.id ${direction} LIMIT ${page.limit})
        UNION ALL SELECT * FROM (${matching(match, page, part, nameMatch.piecesIf(sql`NOT ${few}`, pieces), sql`c.id, ${match.order("pieces")} AS place`)}))
    SELECT c.* FROM found CROSS JOIN contacts AS c ON c.workspace_id = ${page.workspaceId} AND c.id = found.id ORDER BY found.place ${direction}, c.id ${direction}`.execute(db);
  return rows;
}

const directionOf = ({ ascending }: ContactPage) => sql.raw(ascending ? "ASC" : "DESC");

function filters({ includeArchived, status, source }: ContactPage): RawBuilder<SqlBool>[] {
  const conditions: RawBuilder<SqlBool>[] = [];
  if (!includeArchived) conditions.push(sql`c.archived_at IS NULL`);
  if (status !== undefined) conditions.push(sql`c.status = ${status}`);
  if (source !== undefined) conditions.push(sql`c.source = ${source}`);
  return conditions;
}

const join = sql`JOIN contacts AS c ON c.workspace_id = w.workspace_id AND c.id = w.contact_id`;

/** Rows after a position where there are few enough to look at all. */
function afterValue(value: RawBuilder<number>, at: number, id: string, ascending: boolean): RawBuilder<SqlBool> {
  const further = sql.raw(ascending ? ">" : "<");
  const same = sql<SqlBool>`${value} = ${at} AND c.id ${further} ${id}`;
  if (at === unscored) return sql<SqlBool>`(${same})`;
  return ascending ? sql<SqlBool>`(${same} OR ${value} > ${at} OR ${value} = ${unscored})` : sql<SqlBool>`(${same} OR ${value} < ${at})`;
}

const holds = (part: string) => like(sql`company_key`, part);

/** `%` and `_` stand for themselves. */
function like(column: RawBuilder<unknown>, part: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`${column} LIKE ${`%${part.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`} ESCAPE ${"\\"}`;
}
