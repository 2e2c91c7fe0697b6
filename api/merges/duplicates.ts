import type { Cursors } from "../../core/cursor.ts";
import type { Ctx } from "../../store/context.ts";
import type { ContactRow } from "../../store/tables.ts";
import { kindOf, toContact } from "../contacts/index.ts";
import type { DuplicateGroup } from "./contract.ts";
import { selectKeysOf, selectMembers, selectProofs, selectSharedKeys } from "./queries.ts";

/** A switchboard's number that more people share says nothing of any two of them. */
const contactsMax = 20;
const keysPerLook = 100;
const looksMax = 20;

/**
 * Groups of contacts that may be one person, by what they share, in the order of the shared keys. A group stands where its first key
 * does, with all its reasons; what it costs depends on the suggestions, not on the number of contacts.
 */
export async function listDuplicates(ctx: Ctx, cursors: Cursors, query: { limit: number; cursor?: string | undefined }) {
  const bound = [ctx.workspace.id, "duplicates"];
  let after = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const groups: DuplicateGroup[] = [];
  for (let look = 0; look < looksMax; look++) {
    const keys = await selectSharedKeys(ctx.store.slow, { workspaceId: ctx.workspace.id, after, limit: keysPerLook, contactsMax });
    for (const { key, group } of await groupsOf(ctx, keys)) {
      if (groups.length === query.limit) return { groups, hasMore: true, nextCursor: cursors.make([after ?? ""], bound) };
      after = key;
      groups.push(group);
    }
    if (keys.length < keysPerLook) return { groups, hasMore: false, nextCursor: null };
    after = keys.at(-1);
  }
  return { groups, hasMore: true, nextCursor: cursors.make([after ?? ""], bound) };
}

async function groupsOf(ctx: Ctx, keys: readonly string[]): Promise<{ key: string; group: DuplicateGroup }[]> {
  if (keys.length === 0) return [];
  const members = new Map<string, ContactRow[]>(keys.map((key) => [key, []]));
  for (const { key, ...row } of await selectMembers(ctx.store.slow, ctx.workspace.id, keys)) members.get(key)?.push(row);
  const alike = [...members].filter(([, rows]) => rows.length > 1);
  const ids = [...new Set(alike.flatMap(([, rows]) => rows.map((row) => row.id)))];
  const keysOf = new Map<string, Set<string>>(ids.map((id) => [id, new Set()]));
  for (const { contact_id, key } of ids.length === 0 ? [] : await selectKeysOf(ctx.store.slow, ctx.workspace.id, ids, contactsMax)) keysOf.get(contact_id)?.add(key);
  const has = (id: string, key: string) => keysOf.get(id)?.has(key) === true;

  const found = alike.flatMap(([key, rows]) => {
    const shared = [...new Set(rows.flatMap((row) => [...(keysOf.get(row.id) ?? [])]))].toSorted();
    // All of them share an earlier key: they stand there.
    if (shared.some((other) => other < key && rows.every((row) => has(row.id, other)))) return [];
    const reasons = shared.map((other) => ({ key: other, contactIds: rows.filter((row) => has(row.id, other)).map((row) => row.id) })).filter(({ contactIds }) => contactIds.length > 1);
    return [{ key, rows, reasons }];
  });
  const proofs = await proofsOf(ctx, found.flatMap(({ reasons }) => reasons.map((reason) => reason.key)));
  return found.map(({ key, rows, reasons }) => ({ key, group: { contacts: rows.map(toBrief), reasons: joined(reasons, proofs) } }));
}

/** Same name at the same company by its id, name and domain is one reason. */
function joined(reasons: readonly { key: string; contactIds: string[] }[], proofs: ReadonlyMap<string, string[]>): DuplicateGroup["reasons"] {
  const byText = new Map<string, DuplicateGroup["reasons"][number]>();
  for (const { key, contactIds } of reasons) {
    const kind = kindOf(key);
    const visitorId = kind === "visitor" ? key.slice(2) : undefined;
    byText.set(`${kind} ${visitorId} ${contactIds.join(" ")}`, { kind, contactIds, ...(visitorId === undefined ? {} : { visitorId, claimIds: proofs.get(visitorId) ?? [] }) });
  }
  return [...byText.values()];
}

async function proofsOf(ctx: Ctx, keys: readonly string[]): Promise<Map<string, string[]>> {
  const visitorIds = [...new Set(keys.filter((key) => kindOf(key) === "visitor").map((key) => key.slice(2)))];
  const claims = new Map<string, string[]>();
  for (const { id, visitor_id } of await selectProofs(ctx.store.slow, ctx.workspace.id, visitorIds)) claims.set(visitor_id, [...(claims.get(visitor_id) ?? []), id]);
  return claims;
}

function toBrief(row: ContactRow): DuplicateGroup["contacts"][number] {
  const { id, firstName, lastName, email, phone, linkedInUrl, company, title, createdAt } = toContact(row);
  return { id, firstName, lastName, email, phone, linkedInUrl, company, title, createdAt };
}
