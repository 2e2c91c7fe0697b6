import { z } from "zod";
import { text } from "../../../../core/text-words.ts";
import { ConnectorError, type Person } from "../../call-words.ts";
import { type Done, type Outside, provider } from "../../provider.ts";
import { type Answered, ask, failureOf, isSuccess, valueAt } from "../http.ts";
import { headersOf } from "../secret-headers.ts";

const person = ["email", "firstName", "lastName", "phone", "company", "title", "location", "linkedInUrl"] as const;
const placeholders = [...person, "domain"] as const;
const valueMax = 500;
const placeholder = /\{\{\s*(\w+)\s*\}\}/g;

const template = text(2000).superRefine((typed, ctx) => {
  const say = (message: string) => void ctx.addIssue({ code: "custom", message });
  const names = [...typed.matchAll(placeholder)].map(([, name = ""]) => name);
  for (const name of names) if (!placeholders.some((known) => known === name)) say(`There is no {{${name}}}: ${placeholders.join(", ")}.`);
  const filled = typed.replaceAll(placeholder, "x");
  const url = URL.canParse(filled) ? new URL(filled) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || /[\s{}]/.test(filled)) return say("is a web address with placeholders like {{email}} in its path or query");
  // Else whoever is looked up would choose where the credentials go.
  if (typed.split("{{")[0]?.match(/^https?:\/\/[^/?#]+[/?#]/i) === null && names.length > 0) say("may hold placeholders in its path and query only");
  for (const name of url.searchParams.keys()) if (/key|token|secret|passw|auth|sig/i.test(name)) say(`shows credentials: put the query parameter "${name.slice(0, 40)}" into "query"`);
});

const config = z.strictObject({
  url: template.meta({ description: "https://api.example.com/person?email={{email}}" }),
  headers: headersOf.optional(),
  query: z.record(z.string().min(1).max(100), z.string().max(2000)).optional().meta({ description: "More query parameters, e.g. an API key" }),
  /** Field → where its value is in the JSON answer. */
  mapping: z
    .partialRecord(z.enum(person), z.string().min(1).max(200).regex(/^[\w-]+(\.[\w-]+)*$/, "is names with dots between, like data.person.title"))
    .refine((given) => Object.keys(given).length > 0, "maps no field"),
  probeEmail: z.email().max(254).default("probe@example.com").meta({ description: "Looked up by a test" }),
});
type Config = z.output<typeof config>;

/** Any service that answers a GET with JSON about a person. */
export const httpEnrichment = provider({
  slug: "http-enrichment",
  name: "HTTP enrichment",
  category: "enrichment",
  docs: "https://www.rfc-editor.org/rfc/rfc9110",
  config,
  secrets: ["headers", "query"],
  calls: ["lookup"],
  target: (given) => new URL(given.url.replaceAll(placeholder, "x")).origin,
  probe: async (outside, given) => {
    const filler = Object.fromEntries(person.map((name) => [name, "probe"]));
    const answer = await request(outside, given, { ...filler, email: given.probeEmail });
    return { httpStatus: answer.status };
  },
  call: async (outside, given, call): Promise<Done> => {
    const answer = await request(outside, given, call.contact);
    const found = answer.status === 404 ? {} : personOf(answer.json, given.mapping);
    return { status: Object.keys(found).length === 0 ? "not_found" : "found", detail: { httpStatus: answer.status, fields: Object.keys(found).length }, found };
  },
});

/** 404 is an answer: nobody is known there by that name. */
async function request(outside: Outside, given: Config, contact: Person): Promise<Answered> {
  const known: Record<string, string | null | undefined> = { ...contact, domain: contact.email?.split("@")[1] };
  const url = new URL(
    given.url.replaceAll(placeholder, (_, name: string) => {
      const value = known[name]?.trim() ?? "";
      if (value === "" || value === "." || value === "..") throw new ConnectorError("bad_request", `The contact has no ${name} to look it up by.`);
      return encodeURIComponent(value.toWellFormed());
    }),
  );
  for (const [name, value] of Object.entries(given.query ?? {})) url.searchParams.set(name, value);
  const answer = await ask(outside, "The enrichment service", url.href, { headers: { accept: "application/json", ...given.headers }, redirectsMax: 3, types: ["application/json"] });
  if (isSuccess(answer.status) && answer.status !== 204 && answer.json === undefined) throw new ConnectorError("retry", "The enrichment service did not answer with JSON.");
  // No word of its body (security row 27).
  if (!isSuccess(answer.status) && answer.status !== 404) throw failureOf(outside, "The enrichment service", answer);
  return answer;
}

/** Only what the mapping names, as one line of text each. */
function personOf(json: unknown, mapping: Config["mapping"]): Person {
  const found: Person = {};
  for (const name of person) {
    const value = mapping[name] === undefined ? undefined : valueAt(json, mapping[name].split("."));
    const typed = typeof value === "number" && Number.isFinite(value) ? String(value) : typeof value === "string" ? value : "";
    const clean = typed.replaceAll(/[\p{Cc}\s]+/gu, " ").trim().slice(0, valueMax).toWellFormed();
    if (clean !== "") found[name] = clean;
  }
  return found;
}
