import { keyDigest, parseKey } from "../../core/api-key.ts";
import type { Clock } from "../../core/clock.ts";
import { ApiError } from "../../core/errors.ts";
import { boundedCache } from "../../core/lru.ts";
import type { Workspace } from "../../store/context.ts";
import type { Store } from "../../store/store.ts";
import type { ApiKeyRow } from "../../store/tables.ts";
import { findKeyByDigest, type KeyWithWorkspace } from "./queries.ts";

/** A key that may act now. */
export interface ActiveKey {
  id: string;
  type: ApiKeyRow["type"];
  name: string;
  prefix: string;
  scopes: ReadonlySet<string>;
  /** Exact origins; empty = any. */
  allowedOrigins: ReadonlySet<string>;
  privacyMode: ApiKeyRow["privacy_mode"];
  expiresAt: number | null;
  workspace: Workspace;
  /** The workspace has a cap on credits: what costs some is checked against it. */
  capped: boolean;
}

/** The active key behind a text; a promise only when the store must be asked. Throws one of the four 401s. */
export interface KeyRing {
  (text: string): ActiveKey | Promise<ActiveKey>;
  /** After this process changed a key. */
  forget(): void;
}

type Entry = { key: ActiveKey; revoked: boolean };

/**
 * Resolves keys by digest. What was found is kept while no other process has written to the store
 * (`foreignVersion`), so a revocation by the CLI holds from the next request; on PostgreSQL nothing is kept.
 */
export function createKeyRing(store: Store, clock: Clock): KeyRing {
  const cache = boundedCache<string, Entry>(10_000);
  let version: number | undefined;
  // A lookup that began before a change must not be kept after it.
  let changes = 0;

  const ring = (text: string): ActiveKey | Promise<ActiveKey> => {
    const current = store.foreignVersion();
    if (current !== version) {
      cache.clear();
      changes++;
      version = current;
    }
    const cached = cache.get(text);
    if (cached) return checkState(cached, clock.now());
    // A wrong checksum never reaches the database.
    if (!parseKey(text)) throw new ApiError("API_KEY_INVALID");
    return find(text);
  };

  async function find(text: string): Promise<ActiveKey> {
    const before = changes;
    const row = await findKeyByDigest(store.read, keyDigest(text));
    if (!row) throw new ApiError("API_KEY_INVALID");
    const entry = { key: toActiveKey(row), revoked: row.revoked_at !== null };
    if (version !== undefined && before === changes) cache.set(text, entry);
    return checkState(entry, clock.now());
  }

  const forget = () => {
    cache.clear();
    changes++;
  };
  return Object.assign(ring, { forget });
}

function checkState(entry: Entry, now: number): ActiveKey {
  if (entry.revoked) throw new ApiError("API_KEY_REVOKED");
  if (entry.key.expiresAt !== null && entry.key.expiresAt <= now) throw new ApiError("API_KEY_EXPIRED");
  return entry.key;
}

function toActiveKey(row: KeyWithWorkspace): ActiveKey {
  return {
    id: row.id,
    type: row.type,
    name: row.name,
    prefix: row.prefix,
    scopes: new Set(JSON.parse(row.scopes) as string[]),
    allowedOrigins: new Set(JSON.parse(row.allowed_origins) as string[]),
    privacyMode: row.privacy_mode,
    expiresAt: row.expires_at,
    workspace: { id: row.workspace_id, name: row.workspace_name, plan: row.plan, status: row.workspace_status },
    capped: row.cap !== null,
  };
}
