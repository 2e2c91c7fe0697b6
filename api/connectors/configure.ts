import { ApiError, detailsOf, invalid } from "../../core/errors.ts";
import type { Outside, Provider } from "./provider.ts";
import { redacted } from "./scrub.ts";

type Fields = Record<string, unknown>;

/** What decides beside the configuration itself. */
export type Rules = Pick<Outside, "outbound" | "config">;

/**
 * A whole configuration from what was there (nothing, for a new one) and what is given. Absent and redacted fields are kept,
 * null clears. Throws VALIDATION_ERROR with paths like `config.webhookUrl`, which never repeats a value.
 */
export function configure(provider: Provider, rules: Rules, given: Fields, before: Fields = {}): Fields {
  const changes = Object.entries(given).filter(([, value]) => value !== redacted);
  for (const [field, value] of Object.entries(given)) {
    if (value === redacted ? !(provider.secrets.includes(field) && field in before) : holdsRedacted(value)) {
      throw invalid(`config.${field}`, "redacted", "This is the redacted form. Send the secret itself, or leave the field out to keep what is there.");
    }
  }
  const merged = Object.fromEntries([...Object.entries(before), ...changes].filter(([, value]) => value !== null && value !== undefined));
  // Cleared by null, and not to come back from before.
  for (const [field, value] of changes) if (value === null) delete merged[field];
  const result = provider.config.safeParse(merged);
  if (!result.success) throw new ApiError("VALIDATION_ERROR", { details: detailsOf(result.error, ["config"]) });
  const wrong = provider.check?.(rules, result.data);
  if (wrong) throw invalid(`config.${wrong.field}`, "not_allowed", wrong.message);
  assertSecretsStay(provider, before, result.data, new Set(changes.map(([field]) => field)));
  return result.data;
}

/** Else a person who may change a connector, but never saw its secret, could have it sent to a server of their own. */
function assertSecretsStay(provider: Provider, before: Fields, after: Fields, changed: Set<string>): void {
  const kept = provider.secrets.filter((field) => before[field] !== undefined && after[field] !== undefined && !changed.has(field));
  const parsed = kept.length > 0 ? provider.config.safeParse(before) : undefined;
  if (!parsed || (parsed.success && provider.target(parsed.data) === provider.target(after))) return;
  throw new ApiError("VALIDATION_ERROR", { details: kept.map((field) => ({ path: `config.${field}`, code: "secret_needed", message: "The connector would lead elsewhere. Send this secret again, so that it goes only where its owner wants." })) });
}

const holdsRedacted = (value: unknown): boolean => (typeof value === "string" ? value === redacted : typeof value === "object" && value !== null && Object.values(value).some(holdsRedacted));
