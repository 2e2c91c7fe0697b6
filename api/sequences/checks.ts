import type { ErrorCode } from "../../core/errors.ts";
import type { ExclusionRule } from "../../core/exclusion-words.ts";
import { domainKey, domainsOf, opposedBy, suppressionDigest } from "../../core/suppression.ts";
import type { AuthoredRow } from "../../store/tables-outreach.ts";
import type { Check, Definition } from "./contract.ts";
import { type Db, selectContacts, selectLastContacted, selectRunning, selectSuppressed, selectWorkspaceRules } from "./queries.ts";

const dayMs = 86_400_000;

export interface Checked extends Check {
  code?: ErrorCode;
}

type Contact = Awaited<ReturnType<typeof selectContacts>>[number];
interface Reason {
  code: string;
  message: string;
}

/** Everything the checks of some contacts need, read at once. */
async function gather(db: Db, workspaceId: string, contactIds: readonly string[]) {
  const contacts = await selectContacts(db, workspaceId, contactIds);
  const digestsOf = (contact: Contact) => (contact.email_key === null ? [] : opposedBy(contact.email_key).map((one) => suppressionDigest(workspaceId, one)));
  return {
    contacts: new Map(contacts.map((contact) => [contact.id, contact])),
    running: await selectRunning(db, workspaceId, contactIds),
    contactedAt: await selectLastContacted(db, workspaceId, contactIds),
    rules: (await selectWorkspaceRules(db, workspaceId)).map((rule) => JSON.parse(rule) as ExclusionRule),
    suppressed: await selectSuppressed(db, workspaceId, [...new Set(contacts.flatMap(digestsOf))]),
    digestsOf,
  };
}

type Gathered = Awaited<ReturnType<typeof gather>>;

/** Every check of enrolling each contact, in the published order; none writes. */
export async function checkContacts(db: Db, sequence: AuthoredRow, definition: Definition, contactIds: readonly string[], now: number): Promise<Map<string, Checked[]>> {
  const known = await gather(db, sequence.workspace_id, contactIds);
  return new Map(contactIds.map((id) => [id, checkContact(id, known, sequence, definition, now)]));
}

function checkContact(id: string, known: Gathered, sequence: AuthoredRow, definition: Definition, now: number): Checked[] {
  const contact = known.contacts.get(id);
  const active = verdict("sequence_active", sequence.status === "active" && sequence.archived_at === null, "SEQUENCE_INACTIVE");
  const steps = verdict("has_steps", definition.steps.some((step) => step.type !== "wait"), "SEQUENCE_HAS_NO_STEPS");
  if (!contact) return [verdict("contact_exists", false, "NOT_FOUND"), active, steps];
  const mine = known.running.filter((one) => one.contact_id === id);
  const own = mine.filter((one) => one.sequence_id === sequence.id);
  const excluded = exclusionsOf(contact, known, mine.length > own.length, definition, now);
  return [
    verdict("contact_exists", true, "NOT_FOUND"),
    active,
    verdict("not_excluded", excluded.length === 0, "CONTACT_EXCLUDED", excluded),
    verdict("not_archived", contact.archived_at === null, "CONTACT_ARCHIVED"),
    verdict("not_enrolled", own.length === 0, "ALREADY_ENROLLED", own.map((one) => ({ code: "active_enrollment", message: `Enrollment ${one.id} is running.` }))),
    steps,
  ];
}

function verdict(check: Check["check"], ok: boolean, code: ErrorCode, reasons: Reason[] = []): Checked {
  return ok ? { check, ok } : { check, ok, code, ...(reasons.length > 0 ? { reasons } : {}) };
}

/** Why a contact is left out: opt-outs first, they win over everything; then the workspace's rules and the sequence's. */
function exclusionsOf(contact: Contact, known: Gathered, elsewhere: boolean, definition: Definition, now: number): Reason[] {
  const reasons: Reason[] = [];
  if (known.digestsOf(contact).some((digest) => known.suppressed.has(digest))) reasons.push({ code: "suppressed", message: "The address or its domain opted out." });
  for (const rule of [...known.rules, ...definition.exclusions]) {
    const message = whyExcluded(rule, contact, elsewhere, known.contactedAt.get(contact.id), now);
    if (message !== undefined && !reasons.some((reason) => reason.code === rule.rule)) reasons.push({ code: rule.rule, message });
  }
  return reasons;
}

function whyExcluded(rule: ExclusionRule, contact: Contact, elsewhere: boolean, contactedAt: number | undefined, now: number): string | undefined {
  switch (rule.rule) {
    case "active_elsewhere":
      return elsewhere ? "The contact is in another sequence." : undefined;
    case "contacted_within_days":
      return contactedAt !== undefined && contactedAt > now - rule.days * dayMs ? `The contact got a message within the last ${rule.days} days.` : undefined;
    case "domain": {
      const own = contact.email_key === null ? [] : domainsOf(contact.email_key);
      return rule.domains.some((domain) => own.includes(domainKey(domain) ?? "")) ? "The e-mail address is of an excluded domain." : undefined;
    }
    case "status":
      return rule.statuses.some((status) => status === contact.status) ? `The contact's status is ${contact.status}.` : undefined;
    case "tag": {
      const tags = (JSON.parse(contact.tags) as string[]).map((tag) => tag.toLowerCase());
      return rule.tags.some((tag) => tags.includes(tag.toLowerCase())) ? "The contact has an excluded tag." : undefined;
    }
  }
}
