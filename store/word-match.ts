import type { RawBuilder, SqlBool } from "kysely";

/** A word as `contact_words` holds it; with `prefix`, the beginning of one. Letters and digits only. */
export interface Token {
  text: string;
  prefix: boolean;
}

/** All of the groups have to match, each by any of its tokens. */
export type WordQuery = readonly (readonly Token[])[];

/** The columns of `contact_words`. */
export type Searched = "words" | "pieces";

/** How this database finds contacts by their words, newest or oldest first without looking at all that match. */
export interface WordMatch {
  /** `contact_words AS w`, found by the index of a column. */
  from(column: Searched): RawBuilder<unknown>;
  /** What `where` needs, without the words themselves: to count what matches. */
  index(column: Searched): RawBuilder<unknown>;
  /** Of pieces, of which a query has many, the rarest few may be enough to it: what it lets through is to be looked at. */
  where(column: Searched, query: WordQuery): RawBuilder<SqlBool>;
  /** What rows are ordered by: when they were added. */
  order(column: Searched): RawBuilder<unknown>;
  /** Rows added after the contact's, or before. */
  beyond(column: Searched, workspaceId: string, contactId: string, after: boolean): RawBuilder<SqlBool>;
  /** Absent where contacts are found by pieces as quickly. */
  names?: NameMatch;
  /** Absent where all words are found as well by their beginnings. */
  rare?: RareMatch;
}

/** Companies found by the pieces of their names: far fewer than contacts, which an index finds by the whole name. */
export interface NameMatch {
  /** `company_names AS n`. */
  from: RawBuilder<unknown>;
  where(query: WordQuery): RawBuilder<SqlBool>;
  /** As `where("pieces", query)`, but where the condition is false nothing matches, nor is anything looked for. */
  piecesIf(condition: RawBuilder<SqlBool>, query: WordQuery): RawBuilder<SqlBool>;
}

/** Words of which one is rare: only that one is asked for, and what has it is compared with the others. */
export interface RareMatch {
  /** For each group, in order: of how many pages of a few thousand rows its beginnings are; `short` as the same groups' lists of beginnings. */
  sizes(query: WordQuery, short: WordQuery): RawBuilder<{ pages: number }>;
  /** What has `word` begun; where more than `few` do, only what is found by each of `wide` as well. Without others, what has the whole word is left out. */
  where(word: readonly Token[], wide: WordQuery, few: number): RawBuilder<SqlBool>;
}
