import type { z } from "zod";

/** A person, as far as known; what is absent or null is not told. */
export interface Person {
  email?: string | null | undefined;
  firstName?: string | null | undefined;
  lastName?: string | null | undefined;
  phone?: string | null | undefined;
  company?: string | null | undefined;
  title?: string | null | undefined;
  location?: string | null | undefined;
  linkedInUrl?: string | null | undefined;
}

/** A mail, to one person. Header values are refused when they hold CR, LF or NUL. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
  html?: string | undefined;
  replyTo?: string | undefined;
  /** With angle brackets; made from the idempotencyKey when absent, so that a repeat has the same. */
  messageId?: string | undefined;
  inReplyTo?: string | undefined;
  references?: readonly string[] | undefined;
  /** More headers, e.g. List-Unsubscribe. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * What a connector is asked to do. `idempotencyKey` (signal, workflow, step) is passed on where the far side takes one, else
 * it is no promise: slack and hubspot notes have none, webhook gets it as header, mail as Message-ID.
 */
export type ConnectorCall =
  /** slack, webhook, smtp. `to` is a channel of slack's bot token, or a mail address; `subject` is a mail's. */
  | { do: "notify"; message: string; subject?: string | undefined; to?: string | undefined; idempotencyKey: string }
  /** webhook */
  | { do: "post"; body: unknown; headers?: Readonly<Record<string, string>> | undefined; idempotencyKey: string }
  /** hubspot: found by e-mail, which it needs */
  | { do: "upsertContact"; contact: Person }
  /** hubspot: at the contact with this e-mail */
  | { do: "logNote"; email: string; note: string; idempotencyKey: string }
  /** openai-compatible, anthropic. `user` is untrusted text: it is passed on as quoted data, never as instructions. */
  | { do: "complete"; system: string; user: string; schema: z.ZodType; tokensMax?: number | undefined }
  /** http-enrichment */
  | { do: "lookup"; contact: Person }
  /** smtp */
  | { do: "mail"; mail: Mail; idempotencyKey: string };

export interface CallResult {
  status: "sent" | "created" | "updated" | "noted" | "answered" | "found" | "not_found";
  /** Small and without secrets: may be kept and shown. */
  detail: Record<string, string | number | boolean | null>;
}

/** Of `complete`: the answer as its schema parsed it. Of `lookup`: what is known, empty when `not_found`. */
export type ResultOf<C extends ConnectorCall> = C extends { do: "complete"; schema: z.ZodType<infer T> }
  ? CallResult & { answer: T }
  : C extends { do: "lookup" }
    ? CallResult & { found: Person }
    : CallResult;

/**
 * Why a call was not done, for the choice of back-off:
 * `retry` the network, a timeout or the far side's own fault: again later, with back-off. `rate_limited` not before `retryAfterMs`.
 * `unavailable` nothing was sent, since the circuit is open or too many calls run: not before `retryAfterMs`, costs no try.
 * `auth` the credentials are not accepted: a person has to reconnect. `refused` archived, missing, not made for this call, or an
 * address that may not be reached; `bad_request` the far side says that the content is wrong: both final.
 */
export type ConnectorErrorKind = "retry" | "rate_limited" | "auth" | "refused" | "bad_request" | "unavailable";

/** Its message holds no secret and nothing of the far side but scrubbed words: may be kept and shown. */
export class ConnectorError extends Error {
  override readonly name = "ConnectorError";
  readonly kind: ConnectorErrorKind;
  readonly retryAfterMs: number | undefined;
  /** The effect may have happened all the same (sent, but not confirmed). */
  readonly maybeDone: boolean;
  constructor(kind: ConnectorErrorKind, message: string, more: { retryAfterMs?: number | undefined; maybeDone?: boolean; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.kind = kind;
    this.retryAfterMs = more.retryAfterMs;
    this.maybeDone = more.maybeDone ?? false;
  }
}
