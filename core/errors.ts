import type { z } from "zod";

/** THE table of errors: code → status and default text. Every error the product answers is a row here. */
export const errorTable = {
  VALIDATION_ERROR: { status: 400, message: "Request validation failed. Check the details array." },
  MISSING_API_KEY: { status: 401, message: "No API key was provided. Send it as X-API-Key or Authorization: Bearer." },
  API_KEY_INVALID: { status: 401, message: "Invalid API key." },
  API_KEY_EXPIRED: { status: 401, message: "The API key has expired. Create or rotate a key." },
  SIGNATURE_INVALID: { status: 401, message: "The request's signature does not match, or its time is more than 5 minutes off." },
  API_KEY_REVOKED: { status: 401, message: "The API key has been revoked. Create a new key." },
  SESSION_REQUIRED: { status: 401, message: "Sign in with a one-time link: npm run -s owlbound -- console link" },
  SETUP_LINK_INVALID: { status: 401, message: "This link was used or has expired. Make a new one: npm run -s owlbound -- console link" },
  INSUFFICIENT_CREDITS: { status: 402, message: "The workspace's credit cap is reached." },
  INSUFFICIENT_SCOPE: { status: 403, message: "The API key lacks the required scope for this endpoint." },
  ORIGIN_NOT_ALLOWED: { status: 403, message: "This key does not accept signals from this origin. Add the origin to the key's allowed origins." },
  NOT_FOUND: { status: 404, message: "The requested resource does not exist." },
  METHOD_NOT_ALLOWED: { status: 405, message: "This path does not answer that method. See the Allow header." },
  REQUEST_TIMEOUT: { status: 408, message: "The request took too long to arrive. Send it again." },
  IDEMPOTENCY_CONFLICT: { status: 409, message: "This Idempotency-Key was used with another body. Use a new key for a new request." },
  IDEMPOTENCY_IN_PROGRESS: { status: 409, message: "A request with this Idempotency-Key is still running. Try again shortly." },
  ALREADY_ENROLLED: { status: 409, message: "The contact is in this sequence already. Stop that enrollment first." },
  CONTACT_ARCHIVED: { status: 409, message: "The contact is archived. Restore it first." },
  CONTACT_MERGED: { status: 409, message: "The contact was merged into another. Use that one, or undo the merge." },
  CONTACT_EXCLUDED: { status: 409, message: "The sequence's exclusion rules leave this contact out." },
  MERGE_NOT_UNDOABLE: { status: 409, message: "The merge can't be undone as things are. See details." },
  MERGE_TOO_LARGE: { status: 409, message: "Too many records hang on these contacts to merge them in one step. Merge fewer at once." },
  KEY_IS_OWN: { status: 409, message: "A key can't end itself or give up keys:manage. Use another key or the command line, or rotate it." },
  KEY_REVOKED: { status: 409, message: "That key is revoked for good. Create a new one." },
  DUPLICATE_CONTACT: { status: 409, message: "A contact with this email or LinkedIn URL exists." },
  ENROLLMENT_ENDED: { status: 409, message: "The enrollment has ended. Enroll the contact again." },
  ICP_PROFILE_NOT_PUBLISHED: { status: 409, message: "The ICP profile is a draft. Publish it first: POST /icp-profiles/:id/publish." },
  IMPORT_NOT_READY: { status: 409, message: "The import is not ready for that. See its status." },
  NO_ENRICHMENT_PROVIDER: { status: 409, message: "No enrichment provider is set up in this workspace, so nothing can be looked up." },
  QUEUE_FULL: { status: 409, message: "Too many jobs of this kind wait already. Try again when some are done." },
  SEQUENCE_HAS_NO_STEPS: { status: 409, message: "The sequence has no steps. Add one before enrolling contacts." },
  SEQUENCE_INACTIVE: { status: 409, message: "The sequence is not active. Activate it first." },
  WORKFLOW_INACTIVE: { status: 409, message: "The workflow is not active. Activate it first." },
  PAYLOAD_TOO_LARGE: { status: 413, message: "The request body is too large. JSON has at most 1 MB; for signals, engagement and identify 64 KB." },
  URI_TOO_LONG: { status: 414, message: "The URL is too long." },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, message: "Send JSON: Content-Type application/json (or text/plain at the collector), without Content-Encoding." },
  RATE_LIMIT_EXCEEDED: { status: 429, message: "Too many requests. Check the Retry-After header." },
  HEADERS_TOO_LARGE: { status: 431, message: "The request's headers are too large." },
  INTERNAL_ERROR: { status: 500, message: "Unexpected server error. Contact support if persistent." },
  STORE_UNAVAILABLE: { status: 503, message: "The store cannot take writes right now. Try again after the Retry-After seconds." },
} as const;

export type ErrorCode = keyof typeof errorTable;

export interface ErrorDetail {
  path: string;
  code: string;
  message: string;
  /** Of a DUPLICATE_CONTACT: what is the same, and whose it is. */
  field?: string;
  existingContactId?: string;
  archived?: boolean;
  /** Of INSUFFICIENT_CREDITS: the cap, what is used of it, and when it begins anew (epoch ms; null = never). */
  cap?: number;
  used?: number;
  period?: string;
  resetsAt?: number | null;
}

/** The one error that verbs throw; the one handler of `api/http` turns it into the envelope. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: readonly ErrorDetail[] | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, more: { message?: string; details?: readonly ErrorDetail[]; retryAfterS?: number; cause?: unknown } = {}) {
    super(more.message ?? errorTable[code].message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.status = errorTable[code].status;
    // "See details" would lead nowhere.
    this.details = more.details?.length === 0 ? undefined : more.details;
    this.retryAfterS = more.retryAfterS ?? (code === "STORE_UNAVAILABLE" ? 1 : undefined);
  }
}

/** Misuse by an operator: printed as one line that names the fix, then the process ends with 1. */
export class OperatorError extends Error {
  override readonly name = "OperatorError";
}

/** One VALIDATION_ERROR for one field. */
export function invalid(path: string, code: string, message: string): ApiError {
  return new ApiError("VALIDATION_ERROR", { details: [{ path, code, message }] });
}

/** Of a body that names thousands of unknown fields, these are enough to see what is wrong. */
const detailsMax = 50;
const keyShown = 128;

/** What to mend, by its place: each unknown field is a place of its own. `within` is the place of the checked value; at most 50 are told. */
export function detailsOf({ issues }: z.ZodError, within: readonly string[] = []): ErrorDetail[] {
  const details = issues.slice(0, detailsMax).flatMap((issue): ErrorDetail[] => {
    const place = [...within, ...issue.path];
    if (issue.code !== "unrecognized_keys") return [{ path: place.join("."), code: issue.code, message: issue.message }];
    const keys = issue.keys.slice(0, detailsMax).map((key) => key.slice(0, keyShown));
    return keys.map((key) => ({ path: [...place, key].join("."), code: issue.code, message: `There is no field "${key}" here.` }));
  });
  return details.slice(0, detailsMax);
}
