import { ApiError, invalid } from "../../core/errors.ts";
import type { ApiKeyRow } from "../../store/tables.ts";

/** What one key hands to another. Absent: nothing new of that sort. */
export interface Grant {
  scopes?: readonly string[] | undefined;
  /** Epoch ms; null = never. */
  expiresAt?: number | null | undefined;
}

export const scopesOf = (row: Pick<ApiKeyRow, "scopes">): string[] => JSON.parse(row.scopes) as string[];

/** Throws unless the giver holds every scope and at least the time that it hands on: no key makes more than it is. */
export function checkGrant(giver: ApiKeyRow, grant: Grant): void {
  const held = scopesOf(giver);
  const missing = (grant.scopes ?? []).filter((scope) => !held.includes(scope));
  if (missing.length > 0) {
    const message = `A key can't grant what it does not hold: ${missing.join(", ")}. Use a key that holds it, or the command line.`;
    throw new ApiError("INSUFFICIENT_SCOPE", { message, details: missing.map((scope) => ({ path: "scopes", code: "not_held", message: scope })) });
  }
  if (grant.expiresAt === undefined || giver.expires_at === null) return;
  if (grant.expiresAt === null || grant.expiresAt > giver.expires_at) {
    const message = `This key ends at ${new Date(giver.expires_at).toISOString()} and can't grant more time than that. Set expiresAt to ${giver.expires_at} or earlier, or use another key.`;
    throw new ApiError("INSUFFICIENT_SCOPE", { message, details: [{ path: "expiresAt", code: "not_held", message: `${giver.expires_at} at the latest` }] });
  }
}

/** Throws where a field has no meaning for a key of this type, or would open it to any site unsaid. */
export function checkFields(type: ApiKeyRow["type"], fields: { scopes?: readonly string[] | undefined; allowedOrigins?: readonly string[] | undefined; privacyMode?: string | undefined }): void {
  if (type === "publishable") {
    if (fields.scopes?.some((scope) => scope !== "signals:write") || fields.scopes?.length === 0) throw invalid("scopes", "fixed", "A publishable key holds signals:write and nothing else. Leave scopes out.");
    return;
  }
  if (fields.allowedOrigins !== undefined) throw invalid("allowedOrigins", "not_for_secret_keys", "A secret key is for servers, which have no origin. Only publishable keys have a list of origins.");
  if (fields.privacyMode !== undefined) throw invalid("privacyMode", "not_for_secret_keys", "Only publishable keys, which a tag uses, have a privacy mode.");
}
