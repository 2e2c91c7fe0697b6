import { z } from "zod";

/** What a column of an imported file may say of a contact; `name` is a whole name in one. */
export const importFields = ["firstName", "lastName", "name", "email", "phone", "linkedInUrl", "company", "title", "location", "source", "status", "tags", "notes", "attributes"] as const;
export type ImportField = (typeof importFields)[number] | `attributes.${string}`;

const attribute = /^attributes\.(?!(?:__proto__|constructor|prototype)$)[^\p{Cc}]{1,128}$/u;
export const isImportField = (text: string): text is ImportField => importFields.some((field) => field === text) || attribute.test(text);

/** Column → field of the contact; null leaves the column out. */
export const Mapping = z
  .record(z.string().max(200), z.string().max(140).refine(isImportField, `is none of ${importFields.join(", ")} and attributes.NAME`).nullable())
  .refine((mapping) => Object.keys(mapping).length <= 200, "names more than 200 columns");
export type Mapping = z.infer<typeof Mapping>;
