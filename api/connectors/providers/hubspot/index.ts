import { z } from "zod";
import { normalizeEmail } from "../../../../core/email.ts";
import { line, webUrl } from "../../../../core/text-words.ts";
import { ConnectorError, type Person } from "../../call-words.ts";
import { type Done, type Outside, provider } from "../../provider.ts";
import { type Answered, ask, checkBase, failureOf, isSuccess, sendJson, textAt, valueAt } from "../http.ts";

const official = "https://api.hubapi.com";
/** HubSpot's own number for "this note belongs to this contact". */
const noteToContact = 202;
const noteMax = 60_000;

const config = z.strictObject({
  accessToken: line(300).meta({ description: "Of a private app with crm.objects.contacts.read and .write" }),
  baseUrl: webUrl.optional(),
});
type Config = z.output<typeof config>;

export const hubspot = provider({
  slug: "hubspot",
  name: "HubSpot",
  category: "crm",
  docs: "https://developers.hubspot.com/docs/api/private-apps",
  config,
  secrets: ["accessToken"],
  calls: ["upsertContact", "logNote"],
  target: (given) => new URL(given.baseUrl ?? official).origin,
  check: (outside, given) => checkBase(outside, given.baseUrl, official),

  probe: async (outside, given) => {
    await request(outside, given, "GET", "/crm/v3/objects/contacts?limit=1");
    return { contacts: true };
  },

  call: async (outside, given, call): Promise<Done> => {
    if (call.do === "logNote") return logNote(outside, given, emailOf(call.email), call.note);
    const email = emailOf(call.contact.email);
    const answer = await request(outside, given, "POST", "/crm/v3/objects/contacts/batch/upsert", { inputs: [{ idProperty: "email", id: email, properties: propertiesOf(email, call.contact) }] });
    const result = valueAt(answer.json, ["results", "0"]);
    const id = textAt(result, "id");
    if (id === undefined) throw new ConnectorError("retry", "HubSpot did not say which contact it changed.", { maybeDone: true });
    return { status: valueAt(result, ["new"]) === true ? "created" : "updated", detail: { hubspotId: id } };
  },
});

async function logNote(outside: Outside, given: Config, email: string, note: string): Promise<Done> {
  const found = await request(outside, given, "GET", `/crm/v3/objects/contacts/${encodeURIComponent(email)}?idProperty=email`).catch((error: unknown) => {
    if (error instanceof ConnectorError && error.message.startsWith("HubSpot answered 404")) throw new ConnectorError("bad_request", "HubSpot has no contact with this e-mail. Upsert it first.");
    throw error;
  });
  const contactId = textAt(found.json, "id");
  if (contactId === undefined) throw new ConnectorError("retry", "HubSpot did not say which contact this is.");
  const answer = await request(outside, given, "POST", "/crm/v3/objects/notes", {
    properties: { hs_timestamp: outside.clock.now(), hs_note_body: toHtml(note.slice(0, noteMax)) },
    associations: [{ to: { id: contactId }, types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: noteToContact }] }],
  });
  return { status: "noted", detail: { hubspotId: contactId, noteId: textAt(answer.json, "id") ?? null } };
}

async function request(outside: Outside, given: Config, method: "GET" | "POST", path: string, body?: unknown): Promise<Answered> {
  const headers = { authorization: `Bearer ${given.accessToken}` };
  const url = `${given.baseUrl?.replace(/\/$/, "") ?? official}${path}`;
  const answer = await ask(outside, "HubSpot", url, method === "GET" ? { headers: { accept: "application/json", ...headers } } : sendJson(body, headers));
  // A batch of one that failed may be answered with 207.
  if (isSuccess(answer.status) && answer.status !== 207) return answer;
  throw failureOf(outside, "HubSpot", answer.status === 207 ? { ...answer, status: 400 } : answer, textAt(answer.json, "message"));
}

function emailOf(text: string | null | undefined): string {
  const email = normalizeEmail(text ?? "");
  if (!email.ok) throw new ConnectorError("bad_request", `HubSpot finds contacts by e-mail. ${email.message}`);
  return email.value;
}

/** By HubSpot's names; what is not known is left as it is there. */
function propertiesOf(email: string, person: Person): Record<string, string> {
  const named = { email, firstname: person.firstName, lastname: person.lastName, phone: person.phone, company: person.company, jobtitle: person.title, city: person.location, hs_linkedin_url: person.linkedInUrl };
  return Object.fromEntries(Object.entries(named).flatMap(([name, value]) => (typeof value === "string" && value !== "" ? [[name, value]] : [])));
}

/** Notes are HTML there; ours are text of whoever wrote it. */
const toHtml = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll(/\r?\n/g, "<br>");
