import { Mapping } from "../../core/mapping-words.ts";
import type { presetWords } from "./contract.ts";

type PresetName = (typeof presetWords)[number];

const email = ["email", "Email", "e-mail", "email_address", "emailAddress", "Email Address", "work_email", "Business Email", "your-email"];
const firstName = ["first_name", "firstName", "firstname", "First Name", "fname", "name.first", "your-name"];
const lastName = ["last_name", "lastName", "lastname", "Last Name", "lname", "name.last"];
const company = ["company", "Company", "company_name", "companyName", "Company Name", "organization"];
const title = ["title", "job_title", "jobTitle", "jobtitle", "Title", "Job Title"];
const phone = ["phone", "Phone", "phone_number", "phoneNumber", "Phone Number", "telephone"];
const linkedInUrl = ["linkedin", "linkedin_url", "linkedInUrl", "LinkedIn URL"];

/** The same fields inside an envelope. */
const inside = (envelopes: readonly string[], names: readonly string[]) => envelopes.flatMap((envelope) => names.slice(0, 4).map((name) => `${envelope}.${name}`)).slice(0, 10);

/** Ready mappings: a place to begin, changed like any other. */
export const presets: Record<PresetName, { what: string; mapping: Mapping }> = {
  visitor_identification: {
    what: "Feeds that name a site's visitors, with fields such as First Name, LinkedIn URL, Company Name, Page URL",
    mapping: Mapping.parse({
      signal: {
        type: { const: "website_visit" },
        priority: { const: "medium" },
        source: { const: "visitor_identification" },
        occurredAt: ["Last Seen At", "Captured At", "Timestamp", "Visited At", "First Seen At"],
        data: {
          pageUrl: ["Page URL", "Captured URL", "Last Page URL", "Page", "URL"],
          referrer: ["Referrer", "Referring URL", "Referrer URL"],
          title: ["Page Title"],
          companyName: ["Company Name", "Company"],
          companyDomain: ["Company Domain", "Company Website", "Website"],
          industry: ["Industry", "Company Industry"],
          employeeCount: ["Employee Count", "Estimated Employee Count", "Company Size"],
          allTimePageViews: ["All Time Page Views", "Page Views"],
        },
      },
      contact: {
        email: ["Business Email", "Work Email", "Email", "Personal Email"],
        firstName: "First Name",
        lastName: "Last Name",
        title: ["Title", "Job Title"],
        company: ["Company Name", "Company"],
        linkedInUrl: ["LinkedIn URL", "LinkedIn", "Person LinkedIn URL"],
        phone: ["Phone", "Mobile Phone", "Phone Number"],
        location: ["Location", "City"],
      },
    }),
  },
  form: {
    what: "Posts of a web form, as JSON or urlencoded",
    mapping: Mapping.parse({
      id: ["submission_id", "submissionId", "id"],
      signal: {
        type: { const: "custom_webhook" },
        priority: { const: "high" },
        source: { const: "form" },
        notes: ["message", "Message", "comments", "your-message"],
        occurredAt: ["submitted_at", "submittedAt", "created_at"],
        data: { pageUrl: ["page_url", "pageUrl", "page", "url", "referer"], form: ["form_name", "formName", "form_id", "form"], message: ["message", "Message", "comments", "your-message"] },
      },
      contact: { email, firstName, lastName, company, title, phone, linkedInUrl, tags: { const: "form" } },
    }),
  },
  crm: {
    what: "Webhooks of a CRM: an event with the contact inside data, contact, record or properties",
    mapping: Mapping.parse({
      id: ["event_id", "eventId", "id"],
      signal: {
        type: { const: "custom_webhook" },
        source: { const: "crm" },
        occurredAt: ["occurred_at", "occurredAt", "timestamp", "created_at", "createdAt"],
        data: { event: ["event", "type", "event_type", "eventType", "subscriptionType", "action"], objectId: ["object_id", "objectId", "data.id", "contact.id", "record.id"], stage: ["data.stage", "record.stage", "properties.lifecyclestage"] },
      },
      contact: {
        email: inside(["contact", "data"], ["email", "Email", "email_address", "emailAddress"]).concat("properties.email", "record.email"),
        firstName: ["contact.first_name", "contact.firstName", "contact.firstname", "data.first_name", "data.firstName", "data.firstname", "properties.firstname", "record.first_name"],
        lastName: ["contact.last_name", "contact.lastName", "contact.lastname", "data.last_name", "data.lastName", "data.lastname", "properties.lastname", "record.last_name"],
        company: ["contact.company", "data.company", "properties.company", "record.company"],
        title: ["contact.title", "contact.job_title", "data.title", "data.job_title", "properties.jobtitle", "record.title"],
        phone: ["contact.phone", "data.phone", "properties.phone", "record.phone"],
        linkedInUrl: ["contact.linkedin_url", "data.linkedin_url", "record.linkedin_url"],
      },
    }),
  },
};
