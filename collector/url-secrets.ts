import { unescape } from "node:querystring";

/** Endings of names that carry secrets or addresses of people, so that `reset_token` and `user[email]` are found as well. */
const secretEndings = ["token", "password", "passwd", "passphrase", "pwd", "secret", "email", "emailaddress", "apikey", "accesskey", "privatekey", "authorization", "sessionid", "sessid", "credential", "credentials", "signature", "otp", "jwt"];
/** Names that do so only when they stand alone: `code` is a sign-in's, `promo_code` a shop's. */
const secretNames = new Set(["pass", "passcode", "auth", "session", "sid", "key", "code", "mail", "bearer", "sig", "pin", "ssn", "cvv", "iban", "nonce", "samlresponse"]);
const nameCharsMax = 64;
const nestedMax = 2;

/**
 * The URL without userinfo and without secret-like parameters in its path (`;sid=`), query and fragment; to the letter as
 * it was when it had none. `parsed` is the same URL as a browser reads it, null when it can't be read.
 */
export function withoutSecrets(text: string, parsed: URL | null): string {
  const url = withoutUserinfo(text, parsed);
  if (!url.includes("=")) return url;
  // Browsers drop these, so `to\nken=` is `token=` to the page.
  const { path, query, fragment } = split(url.replaceAll(/[\t\r\n]/g, ""));
  const cleanPath = path.includes(";") ? path.split("/").map((segment) => keep(segment, ";")).join("/") : path;
  const [route, ...routeQuery] = fragment === undefined ? [] : fragment.split("?");
  const parts = [cleanPath, opened("?", query), opened("#", route)];
  if (routeQuery.length > 0) parts.push(opened("?", routeQuery.join("?")));
  return parts.join("");
}

/** Path, query and fragment, without their marks. */
export function split(url: string): { path: string; query: string | undefined; fragment: string | undefined } {
  const hash = url.indexOf("#");
  const main = hash < 0 ? url : url.slice(0, hash);
  const mark = main.indexOf("?");
  return { path: mark < 0 ? main : main.slice(0, mark), query: mark < 0 ? undefined : main.slice(mark + 1), fragment: hash < 0 ? undefined : url.slice(hash + 1) };
}

/** A parameter's name as programs compare it. Broken percent-encoding stays as it is. */
export function nameOf(text: string): string {
  const name = text.length > nameCharsMax ? text.slice(-nameCharsMax) : text;
  return (name.includes("%") || name.includes("+") ? unescape(name.replaceAll("+", " ")) : name).trim().toLowerCase();
}

/** The pairs of one section that hold no secret. */
function keep(section: string, separator: "&" | ";"): string {
  return section.split(separator).filter((pair) => !isSecret(pair, 0)).join(separator);
}

function opened(mark: "?" | "#", section: string | undefined): string {
  if (section === undefined) return "";
  const kept = keep(section, "&");
  return kept === "" && section !== "" ? "" : mark + kept;
}

function isSecret(pair: string, nested: number): boolean {
  const equals = pair.indexOf("=");
  if (equals < 0) return nested > 0 && pair.includes("%") && holdsSecret(pair, nested);
  return isSecretName(nameOf(pair.slice(0, equals))) || holdsSecret(pair.slice(equals + 1), nested);
}

function isSecretName(name: string): boolean {
  const bare = name.replaceAll(/[-_.[\]]/g, "");
  return secretNames.has(bare) || secretEndings.some((ending) => bare.endsWith(ending));
}

/** An e-mail address, or a URL that carries a secret in turn (`next=/login%3Ftoken%3D…`). */
function holdsSecret(value: string, nested: number): boolean {
  const plain = value.includes("%") ? unescape(value) : value;
  const at = plain.indexOf("@");
  if (at > 0 && !plain.includes("/") && plain.indexOf(".", at) > at + 1) return true;
  if (nested === nestedMax || !(plain.includes("=") || plain.includes("%"))) return false;
  return plain.split(/[?&;#]/).some((pair) => isSecret(pair, nested + 1));
}

function withoutUserinfo(text: string, parsed: URL | null): string {
  if (parsed !== null) {
    if (parsed.username === "" && parsed.password === "") return text;
    const bare = new URL(parsed);
    bare.username = "";
    bare.password = "";
    return bare.href;
  }
  // Userinfo ends at the last @ before the path.
  const slashes = /^[^/\\?#]{0,32}[/\\]{2,}/.exec(text)?.[0];
  if (slashes === undefined) return text;
  const rest = text.slice(slashes.length);
  const end = rest.search(/[/\\?#]/);
  const at = rest.lastIndexOf("@", end < 0 ? undefined : end);
  return at < 0 ? text : slashes + rest.slice(at + 1);
}
