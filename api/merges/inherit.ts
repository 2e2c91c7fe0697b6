import type { ContactRow } from "../../store/tables.ts";

const attributesBytesMax = 20_480;
const tagsMax = 100;

/** Columns that say one thing together: one of them never changes without the others. */
const units: readonly (readonly (keyof ContactRow)[])[] = [
  ["email", "email_key", "email_domain"],
  ["linkedin_url", "linkedin_key"],
  ["company", "company_key"],
  ["company_id"],
  ["first_name"],
  ["last_name"],
  ["phone"],
  ["title"],
  ["location"],
  ["notes"],
  ["score"],
  ["activity_score"],
];
/** A person is known by one contact only: the survivor takes the key, the loser gives it up. */
const identities = new Set<keyof ContactRow>(["email", "linkedin_url"]);
const names: Partial<Record<keyof ContactRow, string>> = {
  email: "email", linkedin_url: "linkedInUrl", company: "company", company_id: "companyId", first_name: "firstName", last_name: "lastName", phone: "phone", title: "title",
  location: "location", notes: "notes", score: "score", activity_score: "activityScore", tags: "tags", attributes: "attributes",
};

export type Values = Partial<ContactRow>;
export interface Change {
  before: Values;
  after: Values;
}

/** What a merge changes of both: the survivor's empty fields are filled, tags and attributes are joined, the loser is archived. */
export function inherit(survivor: ContactRow, loser: ContactRow, now: number): { survivor: Change; loser: Change } {
  const gains: Values = {};
  const gives: Values = { archived_at: now, archive_reason: "merged", merged_into: survivor.id, updated_at: now };
  for (const unit of units) {
    const [first] = unit;
    if (first === undefined || survivor[first] !== null || loser[first] === null) continue;
    for (const column of unit) put(gains, column, loser[column]);
    if (identities.has(first)) for (const column of unit) put(gives, column, null);
  }
  const tags = [...new Set([...list(survivor.tags), ...list(loser.tags)])].slice(0, tagsMax);
  if (tags.length > list(survivor.tags).length) gains.tags = JSON.stringify(tags);
  const attributes = JSON.stringify({ ...record(loser.attributes), ...record(survivor.attributes) });
  if (Object.keys(record(attributes)).length > Object.keys(record(survivor.attributes)).length && Buffer.byteLength(attributes) <= attributesBytesMax) gains.attributes = attributes;
  if (Object.keys(gains).length > 0) gains.updated_at = now;
  return { survivor: { before: pick(survivor, gains), after: gains }, loser: { before: pick(loser, gives), after: gives } };
}

/**
 * The row with a change taken back. What was changed since stays and is named in `kept`; of tags and attributes only what the merge added
 * goes. Untouched since, it is to the letter what it was.
 */
export function takeBack(row: ContactRow, change: Change, now: number): { row: ContactRow; kept: string[] } {
  const next = { ...row };
  const kept: string[] = [];
  const same = (column: keyof ContactRow) => row[column] === change.after[column];
  for (const unit of [...units, ["archived_at", "archive_reason", "merged_into"] as const]) {
    const [first] = unit;
    if (first === undefined || !(first in change.after)) continue;
    const key = unit[1] ?? first;
    // Typed anew the address may look different: its key says whose it is.
    if (same(key)) for (const column of unit) put(next, column, change.before[column]);
    else kept.push(names[first] ?? first);
  }
  if (change.after.tags !== undefined) next.tags = same("tags") ? (change.before.tags ?? "[]") : JSON.stringify(list(row.tags).filter((tag) => !added(list, "tags").includes(tag)));
  if (change.after.attributes !== undefined) next.attributes = same("attributes") ? (change.before.attributes ?? "{}") : withoutAdded();
  next.updated_at = same("updated_at") ? (change.before.updated_at ?? now) : Object.keys(change.after).length > 0 ? now : row.updated_at;
  return { row: next, kept };

  function added(read: (text: string) => string[], column: "tags"): string[] {
    const before = new Set(read(change.before[column] ?? "[]"));
    return read(change.after[column] ?? "[]").filter((one) => !before.has(one));
  }
  function withoutAdded(): string {
    const before = record(change.before.attributes ?? "{}");
    const merged = record(change.after.attributes ?? "{}");
    const left = Object.entries(record(row.attributes)).filter(([name, value]) => name in before || JSON.stringify(value) !== JSON.stringify(merged[name]));
    return JSON.stringify(Object.fromEntries(left));
  }
}

/** Fields as the API names them. */
export const fieldNames = (values: Values): string[] => Object.keys(values).flatMap((column) => names[column as keyof ContactRow] ?? []);

const list = (text: string) => JSON.parse(text) as string[];
const record = (text: string) => JSON.parse(text) as Record<string, unknown>;

function pick(row: ContactRow, like: Values): Values {
  const picked: Values = {};
  for (const column of Object.keys(like) as (keyof ContactRow)[]) put(picked, column, row[column]);
  return picked;
}

function put(values: Values, column: keyof ContactRow, value: ContactRow[keyof ContactRow] | undefined): void {
  Object.assign(values, { [column]: value ?? null });
}
