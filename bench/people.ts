import { emailDomain } from "../api/companies/index.ts";
import { keysVersion } from "../api/contacts/match-keys.ts";
import { normalizeEmail } from "../core/email.ts";
import { idOf } from "../core/id.ts";
import { linkedInKey } from "../core/linkedin.ts";
import type { CompanyRow, ContactRow } from "../store/tables.ts";

/** The people and companies of a market, as skewed as those of a real one, and the same in every run. */

const firstNames = `James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica Thomas Sarah Charles Karen Daniel Lisa Matthew Nancy
  Anna Lukas Sophie Julia Felix Jonas Lena Marie Paul Emma Noah Mia Ben Clara Hugo Chloe Louis Camille Jules Manon Lucas Giulia Marco Francesca Luca Sara Diego Lucia Pablo Carmen
  Wei Li Min Jing Hiro Yuki Aiko Kenji Priya Arjun Ananya Rahul Fatima Omar Layla Yusuf Olga Ivan Zofia Jakub Zoë Björn Åsa Jürgen Renée José Siobhán Jane Aaron Bianca Cedric`.split(/\s+/);
const lastStarts = "Smith Johnson Müller Garcia Brown Miller Davis Martin Weber Rossi Kowalski Nguyen Patel Kim Lopez Wagner Silva Ivanov Tanaka Andersen".split(" ");
const syllables = "ka lo mar ten ber sta wil fen dor ris hal mun got ver nik sol tra vin zel bram cor dal eck".split(" ");
const companyHeads = "Acme North Blue Vertex Nova Prime Global Pacific Delta Summit Quantum Bright Iron Silver Cedar Falcon Atlas Orbit Pioneer Lumen".split(" ");
const companyTails = "Labs Group Systems Software Solutions Technologies Partners Consulting Logistics Health Energy Media Capital Foods Robotics".split(" ");
const companyEnds = ["", "", " Inc", " GmbH", " Ltd", " LLC", " AG"];
const industries = "SaaS Manufacturing Healthcare Finance Retail Logistics Education Energy Media Construction".split(" ");
const levels = ["", "Senior ", "Head of ", "VP ", "Director of ", "Chief of ", "Junior ", "Lead "];
const areas = "Engineering Sales Marketing Product Operations Finance People Security Data Design Support Procurement".split(" ");
const roles = "Software Engineer,Sales Manager,Account Executive,Product Manager,Data Analyst,Marketing Manager,Office Manager,Consultant,CEO,CTO,Founder,Recruiter".split(",");
const cities = "Berlin London Paris New-York Munich Madrid Boston Vienna Zürich Amsterdam Austin Singapore".split(" ");
const tagNames = "newsletter webinar enterprise priority trial partner churned event-2025 smb investor".split(" ");
const freeMail = ["gmail.com", "outlook.com", "yahoo.com", "gmx.de"];
const sources: [string, number][] = [["csv", 0.45], ["linkedin", 0.25], ["api", 0.2], ["website", 0.07], ["manual", 0.03]];
const statuses: [string, number][] = [["new", 0.6], ["contacted", 0.16], ["ready", 0.12], ["replied", 0.06], ["lost", 0.04], ["converted", 0.02]];

export type Random = () => number;

/** Mulberry32: the same numbers for the same seed. */
export function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The first of a list far more often than the last. */
export const skewed = <T>(random: Random, from: readonly T[]): T => from[Math.floor(from.length * random() ** 2.5)] as T;
const evenly = <T>(random: Random, from: readonly T[]): T => from[Math.floor(from.length * random())] as T;

export function weighted<T>(random: Random, from: readonly [T, number][]): T {
  let left = random();
  for (const [value, share] of from) if ((left -= share) < 0) return value;
  return (from[0] as [T, number])[0];
}

/** `count` companies; names repeat as they do on a market, domains do not. */
export function companiesOf(random: Random, workspaceId: string, count: number, at: number): CompanyRow[] {
  return Array.from({ length: count }, (_, i) => {
    const head = random() < 0.35 ? evenly(random, companyHeads) : capital(evenly(random, syllables) + evenly(random, syllables) + (random() < 0.5 ? evenly(random, syllables) : ""));
    const name = `${head} ${skewed(random, companyTails)}${evenly(random, companyEnds)}`;
    const domain = `${name.toLowerCase().replaceAll(/[^a-z]/g, "")}${i}.com`;
    const url = `https://www.linkedin.com/company/${domain.replace(".com", "")}`;
    const created = { created_at: at + i, updated_at: at + i };
    return { workspace_id: workspaceId, id: idOf(at + i, "company"), name, claimed_name: null, name_key: name.toLowerCase(), source: "api", domain, linkedin_url: url, linkedin_key: linkedInKey(url, "company") ?? url, industry: evenly(random, industries), size: "51-200", location: evenly(random, cities), website: `https://${domain}`, description: null, ...created };
  });
}

/** The `i`-th contact, made at `at`. */
export function contactOf(random: Random, workspaceId: string, companies: readonly CompanyRow[], i: number, at: number): ContactRow {
  const first = skewed(random, firstNames);
  const last = lastNameOf(random);
  const company = random() < 0.9 ? skewed(random, companies) : undefined;
  const domain = company && random() < 0.85 ? (company.domain ?? "") : evenly(random, freeMail);
  const email = random() < 0.93 ? `${first}.${last}${i}@${domain}`.normalize("NFKD").replaceAll(/[^\w.@-]/g, "").toLowerCase() : null;
  const key = email === null ? undefined : normalizeEmail(email);
  const emailKey = key?.ok ? key.value : null;
  const profile = email === null || random() < 0.4 ? `https://www.linkedin.com/in/${first}-${last}-${i}`.toLowerCase() : null;
  const tags = random() < 0.5 ? [] : [...new Set([skewed(random, tagNames), ...(random() < 0.4 ? [skewed(random, tagNames)] : [])])];
  const status = weighted(random, statuses);
  return {
    workspace_id: workspaceId, id: idOf(at, `contact ${i}`), first_name: first, last_name: last, email, email_key: emailKey, email_domain: emailKey === null ? null : emailDomain(emailKey),
    phone: random() < 0.3 ? `+49 30 ${1_000_000 + i}` : null, linkedin_url: profile, linkedin_key: profile === null ? null : (linkedInKey(profile, "in") ?? null),
    company: company?.name ?? null, company_key: company?.name?.toLowerCase() ?? null, company_id: company && domain === company.domain ? company.id : null,
    title: random() < 0.55 ? `${evenly(random, levels)}${skewed(random, areas)}` : skewed(random, roles), location: skewed(random, cities), source: weighted(random, sources),
    tags: JSON.stringify(tags), notes: random() < 0.1 ? "Met at the fair; asked for a call in spring." : null, status,
    score: random() < 0.7 ? Math.floor(random() * 60 + random() * 41) : null, activity_score: random() < 0.4 ? Math.floor(100 * random() ** 3) : null,
    attributes: random() < 0.3 ? JSON.stringify({ region: evenly(random, cities), employees: Math.floor(random() * 900) }) : "{}",
    created_at: at, updated_at: at, archived_at: random() < 0.05 ? at + 1 : null, archive_reason: null, merged_into: null, keys_version: keysVersion,
  };
}

/** One of the few that many have, one of some thousand that a hundred share, or, as a fifth of people have, one that hardly anybody does. */
function lastNameOf(random: Random): string {
  const kind = random();
  if (kind < 0.25) return skewed(random, lastStarts);
  if (kind < 0.8) return capital(skewed(random, syllables) + evenly(random, syllables) + evenly(random, syllables));
  return capital(Array.from({ length: 5 }, () => evenly(random, syllables)).join(""));
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
