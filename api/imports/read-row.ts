import { contactFields, contactStatuses, isPlain } from "../../core/contact-words.ts";
import { restoreCell, tagsOf } from "../../core/csv-cells.ts";
import { normalizeEmail } from "../../core/email.ts";
import type { ImportField } from "../../core/import-words.ts";
import { linkedInKey } from "../../core/linkedin.ts";
import type { ContactInput } from "../contacts/index.ts";
import type { Column } from "./mapping.ts";

export interface Reason {
  /** The column's name, where it is about one. */
  column?: string | undefined;
  field?: string | undefined;
  code: string;
  message: string;
}

export interface ReadRow {
  input: ContactInput;
  /** Duplicate keys, as contacts have them. */
  keys: { email: string | null; linkedIn: string | null };
  /** Why it can't be taken; empty when it can. */
  reasons: Reason[];
}

type Values = Record<string, unknown>;

/** What a row of the file says of a contact, checked as POST /contacts would. An empty cell says nothing. Never throws. */
export function readRow(columns: readonly Column[], cells: readonly string[]): ReadRow {
  const reasons: Reason[] = [];
  if (cells.length !== columns.length) {
    const few = cells.length < columns.length;
    return rejected({ code: few ? "too_few_cells" : "too_many_cells", message: `The row has ${cells.length} cells, the header ${columns.length}.` });
  }
  const values: Values = {};
  const attributes: [string, unknown][] = [];
  for (const [at, { name, field }] of columns.entries()) {
    const cell = restoreCell(cells[at] ?? "");
    if (field === null || cell.trim() === "") continue;
    const because = (code: string, message: string) => void reasons.push({ column: name, field, code, message });
    if (field.startsWith("attributes.")) attributes.push([field.slice("attributes.".length), cell]);
    else if (field === "attributes") attributes.unshift(...attributesOf(cell, because));
    else readCell(field, cell, values, because);
  }
  if (attributes.length > 0) take("attributes", Object.fromEntries(attributes), values, (code, message) => void reasons.push({ column: nameOf(columns, "attributes"), field: "attributes", code, message }));
  splitName(values);

  const email = typeof values["email"] === "string" ? normalizeEmail(values["email"]) : undefined;
  if (email && !email.ok) reasons.push({ column: nameOf(columns, "email"), field: "email", code: "invalid_email", message: email.message });
  const linkedIn = typeof values["linkedInUrl"] === "string" ? linkedInKey(values["linkedInUrl"], "in") : null;
  if (linkedIn === undefined) {
    reasons.push({ column: nameOf(columns, "linkedInUrl"), field: "linkedInUrl", code: "invalid_linkedin_url", message: "This is no LinkedIn profile. Write it like https://www.linkedin.com/in/jane-smith" });
  }
  const somebody = ["firstName", "lastName", "email", "linkedInUrl"].some((field) => values[field] !== undefined);
  if (!somebody && reasons.length === 0) reasons.push({ code: "identity_required", message: "A contact needs at least one of firstName, lastName, email or linkedInUrl." });
  return { input: values as ContactInput, keys: { email: email?.ok ? email.value : null, linkedIn: linkedIn ?? null }, reasons };
}

const rejected = (reason: Reason): ReadRow => ({ input: {}, keys: { email: null, linkedIn: null }, reasons: [reason] });

const nameOf = (columns: readonly Column[], field: string) => columns.find((column) => column.field === field)?.name;

type Because = (code: string, message: string) => void;

function readCell(field: ImportField, cell: string, values: Values, because: Because): void {
  if (field === "status") {
    const status = cell.trim().toLowerCase();
    if (contactStatuses.some((known) => known === status)) values["status"] = status;
    else because("invalid_status", `A status is one of ${contactStatuses.join(", ")}.`);
  } else if (field === "tags") take("tags", tagsOf(cell), values, because);
  // Checked as a first name; what becomes of it is decided once the row is read.
  else if (field === "name") take("firstName", cell, values, because, "name");
  else take(field as keyof typeof contactFields, cell, values, because);
}

function take(field: keyof typeof contactFields, value: unknown, values: Values, because: Because, as: string = field): void {
  if (isPlain(field, value)) return void (values[as] = value);
  const result = contactFields[field].safeParse(value);
  if (result.success) values[as] = result.data;
  else for (const issue of result.error.issues.slice(0, 3)) because(issue.code, issue.message);
}

function attributesOf(cell: string, because: Because): [string, unknown][] {
  try {
    const parsed: unknown = JSON.parse(cell);
    // A schema of records leaves this name out without a word; here it is told.
    if (typeof parsed === "object" && parsed !== null && Object.hasOwn(parsed, "__proto__")) return because("forbidden_key", "holds a name that is not allowed"), [];
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return Object.entries(parsed);
  } catch {
    // Said below.
  }
  because("invalid_attributes", 'Attributes are a JSON object, like {"plan":"pro"}; a column called attributes.plan holds one of them.');
  return [];
}

/** A whole name, where there are no parts: the last word is the last name. */
function splitName(values: Values): void {
  const { name } = values;
  delete values["name"];
  if (typeof name !== "string" || values["firstName"] !== undefined || values["lastName"] !== undefined) return;
  const words = name.trim().split(/\s+/);
  const last = words.length > 1 ? words.pop() : undefined;
  values["firstName"] = words.join(" ");
  if (last !== undefined) values["lastName"] = last;
}
