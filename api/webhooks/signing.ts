import { createHmac } from "node:crypto";
import { unseal } from "../../core/seal.ts";
import { deriveSecret } from "../../core/secret.ts";
import type { WebhookRow } from "../../store/tables-outreach.ts";

/** Standard Webhooks' own prefix of secrets. */
const prefix = "whsec_";

/** What the secrets of webhooks are sealed with. */
export const sealingSecret = (instanceSecret: string): string => deriveSecret(instanceSecret, "webhooks");

/** What a webhook's secrets are bound to: opened for no other. */
export const bindingOf = (workspaceId: string, id: string): string[] => [workspaceId, id, "secret"];

/**
 * The headers of Standard Webhooks (standardwebhooks.com) for one try: the signature is over id, time and body, by the webhook's
 * secret and, while a rotation overlaps, by the one before it.
 */
export function signedHeaders(instanceSecret: string, webhook: WebhookRow, message: { id: string; body: string; now: number }): Record<string, string> {
  const timestamp = Math.floor(message.now / 1000);
  const sealed = [webhook.secret];
  if (webhook.old_secret !== null && webhook.old_secret_until !== null && webhook.old_secret_until > message.now) sealed.push(webhook.old_secret);
  const signatures = sealed.map((text) => {
    const key = Buffer.from(unseal(sealingSecret(instanceSecret), bindingOf(webhook.workspace_id, webhook.id), text).slice(prefix.length), "base64");
    return `v1,${createHmac("sha256", key).update(`${message.id}.${timestamp}.${message.body}`).digest("base64")}`;
  });
  return { "webhook-id": message.id, "webhook-timestamp": String(timestamp), "webhook-signature": signatures.join(" ") };
}
