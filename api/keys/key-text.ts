import { ApiError } from "../../core/errors.ts";
import type { ActiveKey } from "./key-ring.ts";

export interface KeySources {
  xApiKey: string | undefined;
  authorization: string | undefined;
  /** `?key=` and the body's `key`: for publishable keys, on the collector's endpoints. */
  query: string | undefined;
  body: unknown;
}

/**
 * The key text of a request. Two different ones are refused rather than guessed between. A secret key in a URL or a
 * body is not read, so that nobody comes to rely on a place that logs and referrers copy.
 */
export function keyText(from: KeySources): string {
  const header = headerKey(from);
  const loose = [from.query, from.body].filter((text): text is string => typeof text === "string" && text.startsWith("gtm_pk_"));
  const [first, ...others] = header === undefined ? loose : [header, ...loose];
  if (first === undefined) throw new ApiError("MISSING_API_KEY");
  if (others.some((other) => other !== first)) throw new ApiError("API_KEY_INVALID", { message: "The request carries two different API keys. Send one." });
  return first;
}

/** The key of the two published headers. Throws when they disagree. */
export function headerKey({ xApiKey, authorization }: Pick<KeySources, "xApiKey" | "authorization">): string | undefined {
  const bearer = authorization !== undefined && /^bearer /i.test(authorization) ? authorization.slice(7).trim() : undefined;
  if (xApiKey !== undefined && bearer !== undefined && xApiKey.trim() !== bearer) {
    throw new ApiError("API_KEY_INVALID", { message: "X-API-Key and Authorization carry different API keys. Send one." });
  }
  const text = xApiKey?.trim() ?? bearer;
  return text === "" ? undefined : text;
}

/** Throws unless the key may write signals from this origin. */
export function checkOrigin(key: ActiveKey, origin: string | undefined): void {
  if (key.type !== "publishable" || key.allowedOrigins.size === 0) return;
  if (origin === undefined || !key.allowedOrigins.has(origin)) throw new ApiError("ORIGIN_NOT_ALLOWED");
}

/** True when somebody put a secret key where none belongs; worth an audit entry. */
export function secretKeyMisplaced(from: Pick<KeySources, "query" | "body">): string | undefined {
  return [from.query, from.body].find((text): text is string => typeof text === "string" && text.startsWith("gtm_sk_"));
}
