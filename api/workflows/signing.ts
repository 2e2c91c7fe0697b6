import { createHmac } from "node:crypto";
import { deriveSecret } from "../../core/secret.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit } from "../../store/events.ts";
import type { Read, Write } from "../../store/store.ts";
import { bumpSigning, findMark } from "./queries.ts";

const overlapMs = 24 * 3_600_000;

/**
 * The secrets that webhook steps of a workspace sign with now, the newest first. They are derived from the instance's secret and a
 * generation, so that the database holds none.
 */
export async function signingSecrets(db: Read | Write, instanceSecret: string, workspaceId: string, now: number): Promise<string[]> {
  const { generation, oldUntil } = await stateOf(db, workspaceId, now);
  const secret = (of: number) => secretOf(instanceSecret, workspaceId, of);
  return oldUntil === null ? [secret(generation)] : [secret(generation), secret(generation - 1)];
}

export async function getSigningSecret(ctx: Ctx, db: Read | Write, instanceSecret: string) {
  const { generation, oldUntil } = await stateOf(db, ctx.workspace.id, ctx.clock.now());
  return { secret: secretOf(instanceSecret, ctx.workspace.id, generation), oldSecretUntil: oldUntil };
}

/** The next secret; the one before holds beside it for 24 hours. */
export async function rotateSigningSecret(ctx: Ctx, tx: Write, instanceSecret: string) {
  await bumpSigning(tx, ctx.workspace.id, ctx.clock.now());
  await recordAudit(tx, ctx, "workflows.signing_secret_rotated", {});
  return getSigningSecret(ctx, tx, instanceSecret);
}

/** The header `webhook-signature` of Standard Webhooks: one signature for each secret. */
export function signatureOf(secrets: readonly string[], message: { id: string; timestamp: number; body: string }): string {
  const signed = `${message.id}.${message.timestamp}.${message.body}`;
  return secrets.map((secret) => `v1,${createHmac("sha256", Buffer.from(secret.replace(/^whsec_/, ""), "base64")).update(signed).digest("base64")}`).join(" ");
}

async function stateOf(db: Read | Write, workspaceId: string, now: number): Promise<{ generation: number; oldUntil: number | null }> {
  const mark = await findMark(db, workspaceId);
  const until = (mark?.signing_changed_at ?? -Infinity) + overlapMs;
  return { generation: mark?.signing ?? 1, oldUntil: until > now ? until : null };
}

const secretOf = (instanceSecret: string, workspaceId: string, generation: number): string =>
  `whsec_${Buffer.from(deriveSecret(instanceSecret, `workflow webhooks ${workspaceId} ${generation}`), "hex").toString("base64")}`;
