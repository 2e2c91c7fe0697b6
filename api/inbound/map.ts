import { z } from "zod";
import { contactFields } from "../../core/contact-words.ts";
import { normalizeEmail } from "../../core/email.ts";
import type { ErrorDetail } from "../../core/errors.ts";
import { checkData } from "../../core/json-guard.ts";
import { linkedInKey } from "../../core/linkedin.ts";
import type { Mapping, Value } from "../../core/mapping-words.ts";
import { type Priority, priorities, type SignalType, signalTypes } from "../../core/signal-words.ts";
import { lookUp } from "./rows.ts";

export interface MappedSignal {
  type: SignalType;
  priority: Priority;
  source: string;
  notes?: string;
  visitorId?: string;
  occurredAt?: number;
  data: Record<string, unknown>;
}

const { source: _, ...contactShape } = contactFields;
const MappedContact = z.strictObject(contactShape).partial();
export type MappedContact = z.infer<typeof MappedContact>;

export type MappedRow = { ok: true; id: string | undefined; signal: MappedSignal | null; contact: MappedContact | null } | { ok: false; reasons: ErrorDetail[] };

const usualSource = "inbound";
const reasonsMax = 20;

/** One row by a mapping: what it becomes, or every reason why it can't. Pure; reads no clock and no store. */
export function mapRow(row: unknown, mapping: Mapping): MappedRow {
  const reasons: ErrorDetail[] = [];
  if (typeof row !== "object" || row === null || Array.isArray(row)) return { ok: false, reasons: [{ path: "", code: "invalid_type", message: "A row has to be an object." }] };
  const contact = mapping.contact && contactOf(row, mapping.contact, reasons);
  const signal = mapping.signal && signalOf(row, mapping.signal, reasons);
  if (reasons.length === 0 && !contact && !signal) reasons.push({ path: "contact", code: "identity_required", message: "The row holds no email, linkedInUrl, firstName or lastName." });
  if (reasons.length > 0) return { ok: false, reasons: reasons.slice(0, reasonsMax) };
  return { ok: true, id: mapping.id === undefined ? undefined : textOf(valueOf(row, mapping.id)), signal, contact };
}

/** Null when the row tells of nobody. */
function contactOf(row: object, fields: NonNullable<Mapping["contact"]>, reasons: ErrorDetail[]): MappedContact | null {
  const { tags, attributes, ...texts } = fields;
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(texts)) {
    const text = textOf(value === undefined ? undefined : valueOf(row, value), name === "notes");
    if (text !== undefined) found[name] = text;
  }
  if (!["email", "linkedInUrl", "firstName", "lastName"].some((name) => found[name] !== undefined)) return null;
  if (tags !== undefined) found["tags"] = tagsOf(valueOf(row, tags));
  if (attributes !== undefined) found["attributes"] = fieldsOf(row, attributes);
  const checked = MappedContact.safeParse(found);
  for (const issue of checked.error?.issues ?? []) reasons.push({ path: ["contact", ...issue.path].join("."), code: issue.code, message: issue.message });
  const email = typeof found["email"] === "string" ? normalizeEmail(found["email"]) : undefined;
  if (email && !email.ok) reasons.push({ path: "contact.email", code: "invalid_email", message: email.message });
  if (typeof found["linkedInUrl"] === "string" && linkedInKey(found["linkedInUrl"], "in") === undefined) reasons.push({ path: "contact.linkedInUrl", code: "invalid_linkedin_url", message: "This is no LinkedIn profile." });
  return checked.data ?? null;
}

function signalOf(row: object, fields: NonNullable<Mapping["signal"]>, reasons: ErrorDetail[]): MappedSignal | null {
  const say = (path: string, code: string, message: string) => void reasons.push({ path: `signal.${path}`, code, message });
  const text = (value: Value | undefined) => (value === undefined ? undefined : textOf(valueOf(row, value)));
  const word = <T extends string>(path: string, typed: string, words: readonly T[]): T | undefined => {
    const found = words.find((one) => one === typed.toLowerCase());
    if (found === undefined) say(path, "invalid_value", `"${typed.slice(0, 60)}" is none of ${words.join(", ")}.`);
    return found;
  };
  const type = word("type", text(fields.type) ?? "", signalTypes);
  const priority = word("priority", text(fields.priority) ?? "medium", priorities);
  const data = typeof fields.data === "string" ? lookUp(row, fields.data) : fieldsOf(row, fields.data);
  const checked = checkData(data);
  if (!checked.ok) say(["data", ...checked.path].join("."), checked.code, checked.message);
  const visitorId = text(fields.visitorId);
  if (visitorId !== undefined && !/^[A-Za-z0-9_-]{8,64}$/.test(visitorId)) say("visitorId", "invalid_value", "8 to 64 characters of A-Z a-z 0-9 _ -");
  const at = fields.occurredAt === undefined ? undefined : valueOf(row, fields.occurredAt);
  const occurredAt = at === undefined ? undefined : timeOf(at);
  if (at !== undefined && occurredAt === undefined) say("occurredAt", "invalid_time", "This is no time. Send ISO 8601, or seconds or milliseconds since 1970.");
  if (type === undefined || priority === undefined || !checked.ok) return null;
  const notes = text(fields.notes)?.slice(0, 5000).toWellFormed();
  const source = (text(fields.source) ?? usualSource).slice(0, 100).toWellFormed();
  return { type, priority, source, data: JSON.parse(checked.json) as Record<string, unknown>, ...(notes === undefined ? {} : { notes }), ...(visitorId === undefined ? {} : { visitorId }), ...(occurredAt === undefined ? {} : { occurredAt }) };
}

function fieldsOf(row: object, fields: Record<string, Value>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, valueOf(row, value)]).filter(([, value]) => value !== undefined));
}

/** The first path that holds something, a constant, or a text's replacement. Empty texts and nulls are nothing. */
function valueOf(row: object, value: Value): unknown {
  if (typeof value === "string") return present(lookUp(row, value));
  if (Array.isArray(value)) return firstOf(row, value);
  if ("const" in value) return value.const;
  const found = firstOf(row, typeof value.from === "string" ? [value.from] : value.from);
  if (value.map === undefined) return found ?? value.else;
  const key = textOf(found)?.toLowerCase();
  const entry = Object.entries(value.map).find(([name]) => name.toLowerCase() === key);
  return present(entry === undefined ? (value.else ?? found) : entry[1]);
}

function firstOf(row: object, paths: readonly string[]): unknown {
  for (const path of paths) {
    const found = present(lookUp(row, path));
    if (found !== undefined) return found;
  }
  return undefined;
}

const present = (value: unknown) => (value === null || (typeof value === "string" && value.trim() === "") ? undefined : value);

/** As one line (or, of notes, several), without what can't be stored; undefined for what is no text, number or yes-no. */
function textOf(value: unknown, lines = false): string | undefined {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return undefined;
  const text = String(value).replaceAll("\0", "").toWellFormed();
  const clean = (lines ? text : text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ")).trim();
  return clean === "" ? undefined : clean;
}

/** A list, or a text with commas. */
function tagsOf(value: unknown): string[] {
  const items = Array.isArray(value) ? value : String(value ?? "").split(",");
  return items.map((item) => textOf(item)).filter((tag) => tag !== undefined);
}

const monthsApart = 1e11;

/** Epoch ms of ISO 8601 or another common spelling, without a zone in UTC; seconds and milliseconds are told apart by size. */
function timeOf(value: unknown): number | undefined {
  const typed = textOf(value);
  if (typed === undefined || typed.length > 60) return undefined;
  const number = /^\d{9,13}(\.\d+)?$/.test(typed) ? Number(typed) : undefined;
  const zoned = /(z|gmt|utc|[+-]\d\d:?\d\d)\)?$/i.test(typed);
  const ms = number === undefined ? Date.parse(zoned || /^\d{4}-\d\d-\d\d$/.test(typed) ? typed : `${typed.replace(/^(\d{4}-\d\d-\d\d) /, "$1T")}${/^\d{4}-\d\d-\d\d[ T]/.test(typed) ? "Z" : " UTC"}`) : number < monthsApart ? number * 1000 : number;
  return Number.isFinite(ms) && ms >= 0 && ms <= 8.64e15 ? Math.round(ms) : undefined;
}
