import { createHash, randomBytes } from "node:crypto";
import { ApiError } from "../../core/errors.ts";
import type { Store } from "../../store/store.ts";
import { deleteSession, findSession, insertSession, insertSetupToken, takeSetupToken, touchSession } from "./queries.ts";

/** One-time links: security row 34. */
const setupTokenMs = 30 * 60_000;
/** Idle and absolute limits of a session: row 35. */
const idleMs = 7 * 86_400_000;
const absoluteMs = 30 * 86_400_000;
const touchEveryMs = 60_000;

const digestOf = (token: string) => createHash("sha256").update(token).digest("hex");
const newToken = () => randomBytes(32).toString("base64url");

/** A token that opens the console once within 30 minutes; only its digest is stored. */
export async function createSetupToken(store: Store, now: number, workspaceId: string): Promise<string> {
  const token = newToken();
  await store.write((tx) => insertSetupToken(tx, { digest: digestOf(token), workspace_id: workspaceId, expires_at: now + setupTokenMs }));
  return token;
}

/** Trades a setup token for a new session's token. One winner: the row is deleted by whoever takes it. */
export async function openSession(store: Store, now: number, setupToken: string): Promise<{ token: string; workspaceId: string }> {
  const token = newToken();
  const workspaceId = await store.write(async (tx) => {
    const taken = await takeSetupToken(tx, digestOf(setupToken));
    if (!taken || taken.expires_at <= now) return undefined;
    await insertSession(tx, { digest: digestOf(token), workspace_id: taken.workspace_id, created_at: now, last_seen_at: now });
    return taken.workspace_id;
  });
  if (workspaceId === undefined) throw new ApiError("SETUP_LINK_INVALID");
  return { token, workspaceId };
}

/** The workspace of a live session. Throws SESSION_REQUIRED. */
export async function sessionWorkspace(store: Store, now: number, token: string | undefined): Promise<string> {
  const session = token === undefined ? undefined : await findSession(store.read, digestOf(token));
  if (!session || session.created_at < now - absoluteMs || session.last_seen_at < now - idleMs) throw new ApiError("SESSION_REQUIRED");
  if (session.last_seen_at < now - touchEveryMs) store.later((tx) => touchSession(tx, session.digest, now));
  return session.workspace_id;
}

export async function closeSession(store: Store, token: string | undefined): Promise<void> {
  if (token !== undefined) await store.write((tx) => deleteSession(tx, digestOf(token)));
}
