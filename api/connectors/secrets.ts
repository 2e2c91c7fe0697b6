import { seal, unseal } from "../../core/seal.ts";
import { deriveSecret } from "../../core/secret.ts";
import type { ConnectorRow } from "../../store/tables-connectors.ts";
import type { Provider } from "./provider.ts";
import { redacted } from "./scrub.ts";

type Fields = Record<string, unknown>;
type Where = Pick<ConnectorRow, "workspace_id" | "id">;

const purpose = "connectors";
const bindingOf = ({ workspace_id, id }: Where, field: string) => [workspace_id, id, field];

/** A configuration as two JSON texts: what may be shown, and the rest, sealed field by field (security row 38). */
export function closeConfig(instanceSecret: string, provider: Provider, where: Where, config: Fields): Pick<ConnectorRow, "config" | "secrets" | "target"> {
  const key = deriveSecret(instanceSecret, purpose);
  const shown: Fields = {};
  const sealed: Record<string, string> = {};
  for (const [field, value] of Object.entries(config)) {
    if (value === undefined) continue;
    if (provider.secrets.includes(field)) sealed[field] = seal(key, bindingOf(where, field), JSON.stringify(value));
    else shown[field] = value;
  }
  return { config: JSON.stringify(shown), secrets: JSON.stringify(sealed), target: provider.target(config) ?? null };
}

/** The whole configuration. Throws when a secret can't be opened; never goes on without it. */
export function openConfig(instanceSecret: string, row: ConnectorRow): Fields {
  const key = deriveSecret(instanceSecret, purpose);
  const sealed = Object.entries(JSON.parse(row.secrets) as Record<string, string>);
  const opened = sealed.map(([field, text]) => [field, JSON.parse(unseal(key, bindingOf(row, field), text)) as unknown]);
  return { ...(JSON.parse(row.config) as Fields), ...(Object.fromEntries(opened) as Fields) };
}

/** What may be shown: the declared fields, and of secrets that they are there. */
export function redactConfig(provider: Provider, row: ConnectorRow): Fields {
  const shown = Object.entries(JSON.parse(row.config) as Fields).filter(([field]) => field in provider.config.shape && !provider.secrets.includes(field));
  return Object.fromEntries([...shown, ...Object.keys(JSON.parse(row.secrets) as Fields).map((field) => [field, redacted])]) as Fields;
}

/** Every text inside the secret fields, for scrubbing. */
export function secretTexts(provider: Provider, config: Fields): string[] {
  const texts = (value: unknown): string[] => (typeof value === "string" ? [value] : typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : []);
  const whole = provider.secrets.flatMap((field) => texts(config[field]));
  // Part of a URL or of an Authorization header may come back without the rest.
  const parts = whole.flatMap((text) => (URL.canParse(text) ? [new URL(text).pathname + new URL(text).search, ...new URL(text).pathname.split("/"), ...new URL(text).searchParams.values()] : text.split(" ")));
  // As mail servers are told: Base64 of both together.
  const { username, password } = config;
  const plain = typeof username === "string" && typeof password === "string" ? [`\0${username}\0${password}`, `${username}\0${username}\0${password}`] : [];
  return [...whole, ...plain, ...parts.filter((part) => part.length >= 8)];
}
