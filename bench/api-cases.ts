import { join } from "node:path";
import Database from "better-sqlite3";
import { ContactFilter } from "../api/contacts/contract.ts";
import { SignalFilter } from "../api/signals/contract.ts";
import { createCursors } from "../core/cursor.ts";
import { deriveSecret, instanceSecret } from "../core/secret.ts";
import type { Site } from "../test/faults/process.ts";

export interface Ask {
  method: "GET" | "POST";
  path: string;
  body?: unknown;
}

export interface Case {
  name: string;
  /** False for what is only watched. */
  promised: boolean;
  /** The next request of this kind; they differ, so that no cache has the answer. */
  next(): Ask;
}

/** So many of them, from all over the list. */
const evenly = (values: readonly string[], n: number): string[] => Array.from({ length: Math.min(n, values.length) }, (_, i) => values[Math.floor((i * values.length) / n)] ?? "").filter((value) => value !== "");

const pageSize = 50;
const deepPage = 10_000;

/** What the API is asked, with ids, words and places of this very store. */
export function casesOf(site: Site): Case[] {
  const db = new Database(join(site.dataDir, "owlbound.db"), { readonly: true });
  const texts = (sql: string, ...values: unknown[]) => db.prepare<unknown[], string>(sql).pluck().all(site.workspaceId, ...values);
  const contacts = db.prepare<[string], number>("SELECT count(*) FROM contacts WHERE workspace_id = ?").pluck().get(site.workspaceId) ?? 0;
  const spread = (table: string, column: string, n: number) => {
    const rows = db.prepare<[], number>(`SELECT max(rowid) FROM ${table}`).pluck().get() ?? 0;
    return Array.from({ length: n }, (_, i) => db.prepare<[number, string], string>(`SELECT ${column} FROM ${table} WHERE rowid >= ? AND +workspace_id = ? AND ${column} IS NOT NULL LIMIT 1`).pluck().get(1 + Math.floor((rows * i) / n), site.workspaceId) ?? "").filter((value) => value !== "");
  };
  const ids = spread("contacts", "id", 400);
  const lastNames = spread("contacts", "last_name", 200);
  // As many hits in any store: a page full of them, or one. Where a larger store has more to answer, its figure is the answer's; such cases are watched.
  const commonNames = texts("SELECT last_name FROM contacts WHERE workspace_id = ? AND last_name IS NOT NULL GROUP BY last_name ORDER BY count(*) DESC, last_name LIMIT 3");
  const rareNames = evenly(texts("SELECT last_name FROM contacts WHERE workspace_id = ? AND last_name IS NOT NULL GROUP BY last_name HAVING count(*) = 1 ORDER BY last_name"), 200);
  const rareAtCompany = texts(`SELECT last_name || ' ' || company FROM contacts WHERE workspace_id = ? AND last_name IN (${rareNames.map(() => "?").join()}) AND company IS NOT NULL`, ...rareNames).map((text) => text.split(" ").slice(0, 2).join(" "));
  const companies = spread("contacts", "company", 200);
  const visitorIds = spread("signals", "visitor_id", 100);
  const signalContacts = spread("signals", "contact_id", 100);
  const companyIds = spread("companies", "id", 100);
  // Page 10,000 of a million, or as deep as the store goes.
  const deep = Math.min(deepPage * pageSize, Math.floor(contacts / 2));
  const deepId = texts("SELECT id FROM contacts WHERE workspace_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?", deep)[0] ?? "";
  const byScore = db.prepare<unknown[], { score: number; id: string }>("SELECT coalesce(score, -1) AS score, id FROM contacts WHERE workspace_id = ? AND (CASE WHEN archived_at IS NULL THEN 0 ELSE 1 END) = 0 ORDER BY 1 DESC, 2 DESC LIMIT 1 OFFSET ?").get(site.workspaceId, deep);
  const deepSignal = texts("SELECT id FROM signals WHERE workspace_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?", Math.min(deepPage * pageSize, contacts))[0] ?? "";
  const middle = db.prepare<[string, string], number>("SELECT created_at FROM contacts WHERE workspace_id = ? AND id = ?").pluck().get(site.workspaceId, ids[ids.length / 2] ?? "") ?? Date.now();
  db.close();

  const cursors = createCursors(deriveSecret(instanceSecret(site.dataDir, undefined), "cursors"));
  const cursorOf = (list: "contacts" | "signals", query: Record<string, string>, position: (string | number)[]) => {
    const { limit: _, cursor: __, ...binding } = (list === "contacts" ? ContactFilter : SignalFilter).parse(query);
    return encodeURIComponent(cursors.make(position, [site.workspaceId, list, binding]));
  };

  const turn = <T>(values: readonly T[]): (() => T) => {
    let at = -1;
    return () => values[(at = (at + 1) % values.length)] as T;
  };
  const get = (name: string, paths: readonly string[], promised = true): Case => {
    const path = turn(paths);
    return { name, promised, next: () => ({ method: "GET", path: path() }) };
  };
  const search = (name: string, queries: readonly string[], promised = true): Case => {
    const query = turn(queries);
    return { name, promised, next: () => ({ method: "POST", path: "/v1/contacts/search", body: { query: query() } }) };
  };
  const list = (query: string) => `/v1/contacts?${query}`;
  const day = 86_400_000;

  return [
    get("list contacts", [list("")]),
    get("list, archived ones too", [list("include_archived=true")]),
    get("filter: a common status", [list("status=new")]),
    get("filter: a rare status", [list("status=converted")]),
    get("filter: a common source", [list("source=csv")]),
    get("filter: a rare source", [list("source=manual")]),
    get("filter: status and source", [list("status=lost&source=manual"), list("status=new&source=linkedin")]),
    get("filter: status, archived ones too", [list("status=replied&include_archived=true")]),
    get("sort: oldest first", [list("sort_direction=asc")]),
    get("sort: best score first", [list("sort_by=score")]),
    get("sort: lowest score first", [list("sort_by=score&sort_direction=asc")]),
    get("sort: most active first", [list("sort_by=activityScore")]),
    get("sort: least active first", [list("sort_by=activityScore&sort_direction=asc")]),
    get("sort by score with a status", [list("status=replied&sort_by=score"), list("status=new&sort_by=activityScore&sort_direction=asc")]),
    get(`page ${deepPage.toLocaleString("en")} of the list`, [list(`cursor=${cursorOf("contacts", {}, [0, deepId])}`)]),
    get(`page ${deepPage.toLocaleString("en")} by score`, [list(`sort_by=score&cursor=${cursorOf("contacts", { sort_by: "score" }, [byScore?.score ?? 0, byScore?.id ?? ""])}`)]),
    get("substring: in many companies", ["labs", "group", "soft"].map((part) => list(`company=${part}`))),
    get("substring: of one company", companies.map((name) => list(`company=${encodeURIComponent(name.slice(1))}`))),
    get("substring: two characters", ["ac", "or", "x "].map((part) => list(`company=${encodeURIComponent(part)}`))),
    get("substring: one character", ["a", "z"].map((part) => list(`company=${part}`))),
    get("substring: in none", ["zzqx", "qqq", "labs of"].map((part) => list(`company=${encodeURIComponent(part)}`))),
    get("substring with a status", [list("company=labs&status=replied")], false),
    get("substring by score", [list("company=labs&sort_by=score"), list("company=acme&sort_by=score")], false),
    search("search: two common words", ["vp engineering", "head of sales", "senior marketing", "director operations"]),
    search("search: one common word", ["engineering", "james", "labs", "enterprise"]),
    search("search: a common last name", commonNames),
    search("search: a rare last name", rareNames),
    search("search: a rare name at a company", rareAtCompany),
    search("search: any name at a company", lastNames.map((name, i) => `${name} ${companies[i]?.split(" ")[0]}`), false),
    search("search: no hit", ["zzyzx quux", "nobody42"]),
    search("search: beginnings of rare words", rareNames.map((name) => name.slice(0, -1))),
    search("search: beginnings of any name", lastNames.map((name) => name.slice(0, -1)), false),
    search("search: beginnings of common words", ["engin", "mark", "sof", "ja"]),
    search("search: two words that never meet", ["vp recruiter", "founder analyst"], false),
    get("get a contact", ids.map((id) => `/v1/contacts/${id}`)),
    get("list signals", ["/v1/signals"]),
    get("signals: a type", ["/v1/signals?type=website_visit", "/v1/signals?type=job_change"]),
    get("signals: the newest of a rare type", ["/v1/signals?type=custom_webhook&limit=1"]),
    get("signals: a page of a rare type", ["/v1/signals?type=custom_webhook"], false),
    get("signals: high priority", ["/v1/signals?priority=high&limit=20"]),
    get("signals: unactioned only", ["/v1/signals?unactioned_only=true"]),
    get("signals: of a contact", signalContacts.map((id) => `/v1/signals?contactId=${id}`)),
    get("signals: of a visitor", visitorIds.map((id) => `/v1/signals?visitorId=${id}`)),
    get("signals: five of a day in the past", [`/v1/signals?from=${Math.round(middle)}&to=${Math.round(middle) + day}&limit=5`]),
    get("signals: a page of a day in the past", [`/v1/signals?from=${Math.round(middle)}&to=${Math.round(middle) + day}`], false),
    get(`signals: page ${deepPage.toLocaleString("en")}`, [`/v1/signals?cursor=${cursorOf("signals", {}, [deepSignal])}`]),
    get("stats of a day", ["/v1/signals/stats?time_range=day"]),
    get("stats of a week", ["/v1/signals/stats"]),
    get("stats of a month", ["/v1/signals/stats?time_range=month"]),
    get("list companies", ["/v1/companies", "/v1/companies?industry=SaaS"], false),
    get("get a company", companyIds.map((id) => `/v1/companies/${id}`), false),
  ];
}
