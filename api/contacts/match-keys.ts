import type { ContactRow } from "../../store/tables.ts";
import { wordsOf } from "./words.ts";

/** Now and then somebody adds a kind of key: contacts of an older version are written again by a job. */
export const keysVersion = 1;

const phoneDigitsMin = 7;
/** The subscriber's number without country and trunk prefix, which people write in different ways. */
const phoneDigitsKept = 9;
const keyCharsMax = 200;
const dotless = new Set(["gmail.com", "googlemail.com"]);

type Matched = Pick<ContactRow, "first_name" | "last_name" | "email_key" | "email_domain" | "phone" | "linkedin_key" | "company_key" | "company_id">;

/** What two contacts that are one person would have in common. The letter before the colon says what it is. */
export const keyKinds = { m: "email", n: "name_and_company", p: "phone", l: "linkedin", v: "visitor" } as const;
export type KeyKind = (typeof keyKinds)[keyof typeof keyKinds];
export const kindOf = (key: string): KeyKind => keyKinds[(key[0] ?? "v") as keyof typeof keyKinds];

/** The keys of a contact's own fields. */
export function matchKeys(row: Matched): string[] {
  const keys = new Set<string>();
  const add = (kind: keyof typeof keyKinds, text: string | undefined) => {
    if (text !== undefined) keys.add(`${kind}:${[...text].slice(0, keyCharsMax).join("")}`);
  };
  add("m", row.email_key === null ? undefined : withoutAlias(row.email_key));
  add("p", row.phone === null ? undefined : phoneKey(row.phone));
  add("l", row.linkedin_key === null ? undefined : profileStem(row.linkedin_key));
  const name = row.first_name === null || row.last_name === null ? "" : wordsOf(`${row.first_name} ${row.last_name}`).toSorted().join(" ");
  if (name.includes(" ")) {
    if (row.company_id !== null) add("n", `${name}|id ${row.company_id}`);
    if (row.company_key !== null) add("n", `${name}|name ${wordsOf(row.company_key).join(" ")}`);
    if (row.email_domain !== null) add("n", `${name}|domain ${row.email_domain}`);
  }
  return [...keys].toSorted();
}

/** `jane+news@acme.com` is jane@acme.com; at Gmail dots mean nothing. */
function withoutAlias(emailKey: string): string {
  const at = emailKey.lastIndexOf("@");
  const domain = emailKey.slice(at + 1);
  const local = emailKey.slice(0, at).replace(/(?<=.)\+.*$/, "");
  return dotless.has(domain) ? `${local.replaceAll(".", "")}@gmail.com` : `${local}@${domain}`;
}

function phoneKey(typed: string): string | undefined {
  const digits = typed.normalize("NFKC").replaceAll(/\(0\)/g, "").replaceAll(/\D/g, "");
  return digits.length < phoneDigitsMin ? undefined : digits.slice(-phoneDigitsKept);
}

/** LinkedIn makes `jane-smith-1a2b3c4d` of a name; its owner may have chosen `jane-smith` later. One word alone is too common. */
function profileStem(linkedInKey: string): string | undefined {
  const stem = linkedInKey.slice(linkedInKey.indexOf("/") + 1).replace(/-(?=[a-z]*\d)[0-9a-z]{6,12}$/, "");
  return /[^-]-[^-]/.test(stem) ? stem : undefined;
}
