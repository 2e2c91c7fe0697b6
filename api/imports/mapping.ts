import { type ErrorDetail, ApiError, invalid } from "../../core/errors.ts";
import { type ImportField, isImportField, type Mapping } from "../../core/import-words.ts";

export interface Column {
  /** As the header has it; empty where it has none. */
  name: string;
  field: ImportField | null;
}

const columnsMax = 200;
const nameCharsMax = 200;

/** What the columns of other programs' exports are called, letters and digits only. */
const aliases: Partial<Record<ImportField, readonly string[]>> = {
  firstName: ["firstname", "first", "givenname", "forename", "vorname", "prenom", "contactfirstname"],
  lastName: ["lastname", "last", "surname", "familyname", "nachname", "nom", "contactlastname"],
  name: ["name", "fullname", "contactname", "contact", "displayname"],
  email: ["email", "emailaddress", "emailadresse", "mail", "workemail", "businessemail", "primaryemail", "contactemail", "email1", "email1value", "emails"],
  phone: ["phone", "phonenumber", "telephone", "telefon", "tel", "mobile", "mobilephone", "mobilephonenumber", "workphone", "directphone", "handy", "phone1value"],
  linkedInUrl: ["linkedin", "linkedinurl", "linkedinprofile", "linkedinprofileurl", "linkedinlink", "personlinkedinurl", "linkedincontactprofileurl", "profileurl"],
  company: ["company", "companyname", "organization", "organisation", "organizationname", "account", "accountname", "employer", "firma", "unternehmen"],
  title: ["title", "jobtitle", "position", "role", "jobrole", "headline"],
  location: ["location", "city", "cityregion", "ort", "stadt", "personlocation"],
  source: ["source", "leadsource", "contactsource"],
  status: ["status", "contactstatus"],
  tags: ["tags", "tag", "labels", "keywords"],
  notes: ["notes", "note", "comment", "comments", "notizen"],
  attributes: ["attributes"],
};
const fieldOf = new Map(Object.entries(aliases).flatMap(([field, names]) => (names ?? []).map((name) => [name, field as ImportField] as const)));

/** The field that a column with this name is for, by its name alone. */
function known(name: string): ImportField | null {
  if (name.startsWith("attributes.") && isImportField(name)) return name;
  const plain = name.normalize("NFKD").toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  return fieldOf.get(plain) ?? null;
}

/** The names of the header's cells. Throws VALIDATION_ERROR where columns could be mistaken for each other. */
export function columnNames(cells: readonly string[]): string[] {
  const names = cells.map((cell) => cell.trim());
  const details: ErrorDetail[] = [];
  if (names.length > columnsMax) details.push({ path: "header", code: "too_many_columns", message: `The header has ${names.length} columns; a file has at most ${columnsMax}.` });
  for (const [at, name] of names.entries()) {
    const path = `header.${at}`;
    if (name.length > nameCharsMax) details.push({ path, code: "too_big", message: `The name of column ${at + 1} has more than ${nameCharsMax} characters. Is the first line a header?` });
    else if (name !== "" && names.indexOf(name) < at) details.push({ path, code: "duplicate_header", message: `Columns ${names.indexOf(name) + 1} and ${at + 1} are both called “${name}”. Rename one of them.` });
  }
  if (details.length > 0) throw new ApiError("VALIDATION_ERROR", { details: details.slice(0, 20) });
  if (names.every((name) => name === "")) throw invalid("header", "no_header", "The first line names no column. It has to be a header, like: First name,Last name,Email");
  return names;
}

/**
 * Which column is for which field: what `mapping` says, then what a name says by itself, the first column for each field. Throws
 * VALIDATION_ERROR for a column that the file does not have, and for a field with two columns.
 */
export function mapColumns(names: readonly string[], mapping: Mapping): Column[] {
  const details: ErrorDetail[] = [];
  const taken = new Set<string>();
  for (const [name, field] of Object.entries(mapping)) {
    if (name === "" || !names.includes(name)) details.push({ path: `mapping.${name}`, code: "unknown_column", message: `The file has no column “${name}”. It has: ${names.filter(Boolean).join(", ").slice(0, 500)}` });
    else if (field !== null && taken.has(field)) details.push({ path: `mapping.${name}`, code: "duplicate_field", message: `Another column is for ${field} already.` });
    if (field !== null) taken.add(field);
  }
  if (details.length > 0) throw new ApiError("VALIDATION_ERROR", { details: details.slice(0, 20) });
  return names.map((name): Column => {
    if (Object.hasOwn(mapping, name)) return { name, field: (mapping[name] ?? null) as ImportField | null };
    const field = known(name);
    if (field === null || taken.has(field)) return { name, field: null };
    taken.add(field);
    return { name, field };
  });
}
