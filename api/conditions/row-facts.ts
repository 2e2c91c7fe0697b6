import type { CompanyRow, ContactRow } from "../../store/tables.ts";

/** A contact as conditions see it: every `contact.*` field that the language knows. */
export function contactFacts(row: ContactRow): Record<string, unknown> {
  return {
    id: row.id,
    firstName: row.first_name,
    lastName: row.last_name,
    email: row.email,
    phone: row.phone,
    linkedInUrl: row.linkedin_url,
    company: row.company,
    companyId: row.company_id,
    title: row.title,
    location: row.location,
    source: row.source,
    notes: row.notes,
    status: row.status,
    tags: JSON.parse(row.tags) as string[],
    score: row.score,
    activityScore: row.activity_score,
    attributes: JSON.parse(row.attributes) as unknown,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** A company as conditions see it. */
export function companyFacts(row: CompanyRow): Record<string, unknown> {
  return { id: row.id, name: row.name, domain: row.domain, industry: row.industry, location: row.location, size: row.size };
}
