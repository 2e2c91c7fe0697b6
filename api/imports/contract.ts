import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { Mapping } from "../../core/import-words.ts";
import { cursor, limit, pageFields, params } from "../../core/query-words.ts";
import { line } from "../../core/text-words.ts";

const outcome = z.enum(["create", "update", "skip", "reject"]);
const onDuplicate = z.enum(["skip", "fill", "overwrite"]).describe("What a row does whose contact exists: nothing, fill its empty fields, or also replace those that hold something else. An empty cell never clears.");
const writes = { access: "contacts:write", credits: 0 } as const;

const count = z.number();
export const Import = z.object({
  id: z.string(),
  filename: z.string().nullable(),
  /** `ready` waits for POST /imports/:id/commit; `failed` says why in `error`. */
  status: z.enum(["reading", "previewing", "ready", "committing", "committed", "failed", "canceled", "expired"]),
  onDuplicate,
  /** Of what runs or ran last; `total` is null until the whole file is read. */
  progress: z.object({ done: count, total: count.nullable() }),
  /** What a commit would do. */
  preview: z.object({ create: count, update: count, skip: count, reject: count }),
  /** What the commit did so far. `changed` rows came out otherwise than the preview had said, since contacts changed in between. */
  result: z.object({ created: count, updated: count, skipped: count, rejected: count, changed: count }).nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  createdAt: z.number(),
  committedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
  /** The rows are deleted then, and the file with them; what was committed stays. */
  expiresAt: z.number(),
  rowsDeletedAt: z.number().nullable(),
});
export type Import = z.infer<typeof Import>;

const row = z.object({
  /** Counted from 1, in the order of the file. */
  row: z.number(),
  /** The line of the file on which it begins; the header is on line 1, as a rule. */
  line: z.number(),
  outcome: outcome.nullable(),
  result: z.enum(["created", "updated", "skipped", "rejected"]).nullable(),
  reasons: z.array(z.object({ column: z.string().optional(), field: z.string().optional(), code: z.string(), message: z.string() })),
  contactId: z.string().nullable(),
  cells: z.array(z.string()),
});

const mappingText = z
  .string()
  .max(8000)
  .transform((text, ctx): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      ctx.issues.push({ code: "custom", input: text, message: 'is not JSON. Write it like {"Vorname":"firstName"}' });
      return z.NEVER;
    }
  })
  .pipe(Mapping)
  .describe('Column → field, as JSON: `{"Vorname":"firstName","Plan":"attributes.plan","Age":null}`. Columns that it does not name are recognised by their names.');

export const createImport = endpoint({
  key: "imports.create", method: "POST", path: "/imports", ...writes,
  summary: "Send a CSV file of contacts, to see what an import would do",
  description: `The body is the file itself, at most 64 MB and 500,000 rows, and it may be gzipped (Content-Encoding: gzip); it has to arrive within 30 seconds. UTF-8, or UTF-16
with a byte order mark, or the charset that Content-Type names. Commas, semicolons, tabs or bars; the first line is the header. Columns are recognised by their names or by \`mapping\`; fields are
firstName, lastName, name, email, phone, linkedInUrl, company, title, location, source, status, tags, notes, attributes (JSON) and attributes.NAME. Every row is checked as POST /contacts would;
GET /imports/:id tells what would become of each. Nothing changes before POST /imports/:id/commit. Rows are deleted after 7 days.`,
  query: z.object({ filename: line(200).optional(), on_duplicate: onDuplicate.default("fill"), mapping: mappingText.optional() }),
  upload: { types: ["text/csv", "text/tab-separated-values", "text/plain", "application/csv", "application/vnd.ms-excel"], bytesMax: 64 * 2 ** 20 },
  answers: { 202: Import },
});

export const listImports = endpoint({
  key: "imports.list", method: "GET", path: "/imports", ...writes,
  summary: "List imports, newest first",
  query: z.object({ limit: limit(100, 25), cursor }),
  answers: { 200: z.object({ imports: z.array(Import), ...pageFields }) },
});

const field = z.string().nullable();
export const getImport = endpoint({
  key: "imports.get", method: "GET", path: "/imports/:id", ...writes,
  summary: "One import: how far it is, and a page of its rows",
  params,
  query: z.object({ limit: limit(500, 50), cursor, outcome: outcome.optional() }),
  answers: { 200: Import.extend({ rows: z.array(row), ...pageFields, columns: z.array(z.object({ name: z.string(), field })), delimiter: z.string() }) },
});

export const updateImport = endpoint({
  key: "imports.update", method: "PATCH", path: "/imports/:id", ...writes,
  summary: "Change the mapping or what happens to duplicates, and preview again",
  params,
  body: z.strictObject({ mapping: Mapping.optional(), onDuplicate: onDuplicate.optional() }),
  answers: { 202: Import },
  examples: [{ params: { id: "m70e..." }, body: { onDuplicate: "overwrite" } }],
});

export const commitImport = endpoint({
  key: "imports.commit", method: "POST", path: "/imports/:id/commit", ...writes,
  summary: "Carry an import out",
  description: "Rows are written some at a time, each once, whatever happens to the server meanwhile. What changed since the preview is decided again, and counted in result.changed; rows that the preview rejected stay out.",
  params,
  answers: { 202: Import },
});

export const cancelImport = endpoint({
  key: "imports.cancel", method: "DELETE", path: "/imports/:id", ...writes,
  summary: "End an import and delete its rows",
  description: "Contacts that were written already stay.",
  params,
  answers: { 200: Import },
});

export const downloadRejected = endpoint({
  key: "imports.rejected", method: "GET", path: "/imports/:id/rejected", ...writes,
  summary: "The rejected rows as CSV, each with its reasons, to be mended and sent again",
  params,
  files: ["text/csv"],
  answers: { 200: z.string() },
});
