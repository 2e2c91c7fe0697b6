/** Rows of people and the companies they work for. */
export interface ContactTables {
  contacts: ContactRow;
  /** What a contact is found by, in two texts (api/contacts/words.ts); the indexes over them follow by themselves, and on SQLite the list of companies' names. */
  contact_words: { workspace_id: string; contact_id: string; words: string; pieces: string };
  companies: CompanyRow;
}

export interface ContactRow {
  workspace_id: string;
  id: string;
  first_name: string | null;
  last_name: string | null;
  email: string | null;
  /** Duplicate keys: normalised address, `in/slug`. */
  email_key: string | null;
  /** What of the address a company can be known by; null for free mail. */
  email_domain: string | null;
  phone: string | null;
  linkedin_url: string | null;
  linkedin_key: string | null;
  company: string | null;
  /** Lower case, for the substring filter. */
  company_key: string | null;
  company_id: string | null;
  title: string | null;
  location: string | null;
  source: string;
  /** JSON array of texts. */
  tags: string;
  notes: string | null;
  status: string;
  score: number | null;
  activity_score: number | null;
  /** JSON object, at most 20 KB. */
  attributes: string;
  created_at: number;
  updated_at: number;
  archived_at: number | null;
  archive_reason: string | null;
  /** The contact that this one is part of now. */
  merged_into: string | null;
  /** 0 until its `contact_keys` are written: contacts of before there were any. */
  keys_version: number;
}

export interface CompanyRow {
  workspace_id: string;
  id: string;
  name: string | null;
  /** What a browser said the name is: shown while there is no other, overwritten by the first that is. */
  claimed_name: string | null;
  /** Lower case, of `name`. */
  name_key: string | null;
  domain: string | null;
  linkedin_url: string | null;
  /** `company/slug`. Without one the domain is all that is known, and no other such company has it. */
  linkedin_key: string | null;
  /** Who made it: `api`, `signal`, `claim` (a browser's signal), `reverse_dns`, `mmdb`. */
  source: string;
  industry: string | null;
  size: string | null;
  location: string | null;
  website: string | null;
  description: string | null;
  created_at: number;
  updated_at: number;
}
