import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, limit, pageFields, params } from "../../core/query-words.ts";
import { line, text, webUrl } from "../../core/text-words.ts";

export const Company = z.object({
  id: z.string(),
  name: z.string().nullable(),
  domain: z.string().nullable(),
  /** Null of one that is known by its domain only. */
  linkedInUrl: z.string().nullable(),
  industry: z.string().nullable(),
  size: z.string().nullable(),
  location: z.string().nullable(),
  website: z.string().nullable(),
  description: z.string().nullable(),
  /** Epoch ms. */
  createdAt: z.number(),
  updatedAt: z.number(),
});
export type Company = z.infer<typeof Company>;

const fields = { name: line(200), domain: line(255), industry: line(100), size: line(60), location: line(200), website: webUrl, description: text(10_000) };
export const CompanyInput = z.strictObject({ linkedInUrl: z.string().max(500), ...z.strictObject(fields).partial().shape });
export type CompanyInput = z.infer<typeof CompanyInput>;
export const CompanyPatch = z.strictObject(Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, schema.nullable().optional()])) as { [K in keyof typeof fields]: z.ZodOptional<z.ZodNullable<(typeof fields)[K]>> });
export type CompanyPatch = z.infer<typeof CompanyPatch>;

export const listCompanies = endpoint({
  key: "companies.list", method: "GET", path: "/companies", access: "contacts:read", credits: 1,
  summary: "List companies, newest first",
  query: z.object({ limit: limit(50, 25), industry: z.string().max(100).optional(), cursor }),
  answers: { 200: z.object({ companies: z.array(Company), ...pageFields }) },
});

const saved = z.object({ companyId: z.string(), created: z.boolean(), updatedFields: z.array(z.string()), preservedFields: z.array(z.string()) });
export const upsertCompany = endpoint({
  key: "companies.upsert", method: "POST", path: "/companies", access: "contacts:write", credits: 1,
  summary: "Create a company, or fill what is empty of the one with this LinkedIn address",
  description: "A company that was known by this domain only becomes it. What is there already is never overwritten: preservedFields names what was kept. Change it with PATCH /companies/:id.",
  body: CompanyInput,
  answers: { 201: saved, 200: saved },
});

export const getCompany = endpoint({
  key: "companies.get", method: "GET", path: "/companies/:id", access: "contacts:read", credits: 1,
  summary: "One company with its number of contacts",
  params,
  answers: { 200: Company.extend({ contactCount: z.number() }) },
});

export const updateCompany = endpoint({
  key: "companies.update", method: "PATCH", path: "/companies/:id", access: "contacts:write", credits: 0,
  summary: "Change fields of a company",
  description: "A field that is absent stays, null clears it.",
  params,
  body: CompanyPatch,
  answers: { 200: Company },
  examples: [{ params: { id: "p12f..." }, body: { industry: "SaaS", website: "https://acme.com" } }],
});
