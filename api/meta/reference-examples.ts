import type { Example } from "../../core/endpoint.ts";

/** The published reference's own examples, word for word, by method and path. Its ids stand for ids of yours. */
export const referenceExamples: Readonly<Record<string, readonly Example[]>> = {
  "GET /health": [{ answer: { status: "operational", timestamp: "2025-01-15T10:30:00Z", version: "1.0.0" } }],
  "GET /contacts": [{ query: { status: "new", limit: 10 } }],
  "POST /contacts": [
    {
      body: { firstName: "Jane", lastName: "Smith", email: "jane@acme.com", company: "Acme Corp", title: "VP Engineering" },
      answer: { contactId: "k97f..." },
    },
  ],
  "POST /contacts/search": [{ body: { query: "VP Engineering", limit: 10 } }],
  "GET /contacts/:id": [{ params: { id: "k97f..." } }],
  "PATCH /contacts/:id": [{ params: { id: "k97f..." }, body: { status: "contacted", tags: ["priority", "enterprise"] } }],
  "DELETE /contacts/:id": [{ params: { id: "k97f..." } }],
  "POST /contacts/:id/enrich": [{ params: { id: "k97f..." }, body: { priority: "high" } }],
  "GET /enrichment/:contactId": [{ params: { contactId: "k97f..." } }],
  "POST /contacts/:id/score": [{ params: { id: "k97f..." }, body: { icpProfileId: "jd83..." } }],
  "GET /signals": [{ query: { priority: "high", limit: 20 } }],
  "POST /signals": [
    {
      body: {
        type: "website_visit",
        data: { pageUrl: "/pricing", referrer: "https://google.com", company: { name: "Acme Corp", domain: "acme.com" } },
        priority: "high",
        source: "website_tracker",
      },
      answer: { signalId: "s41c..." },
    },
  ],
  "GET /signals/stats": [{ query: { time_range: "week" } }],
  "GET /companies": [{ query: { industry: "SaaS", limit: 10 } }],
  "POST /companies": [{ body: { linkedInUrl: "https://www.linkedin.com/company/acme", name: "Acme Corp", domain: "acme.com", industry: "SaaS" } }],
  "GET /companies/:id": [{ params: { id: "p12f..." } }],
  "POST /sequences/:id/enroll": [{ params: { id: "seq123" }, body: { contactId: "contact123", source: "api" } }],
  "POST /workflows/:id/trigger": [{ params: { id: "wf123" }, body: { contactId: "contact123", data: { source: "webhook" } } }],
  "GET /connectors": [{ query: { integrationSlug: "slack" } }],
  "GET /connectors/:id": [{ params: { id: "conn123" } }],
};
