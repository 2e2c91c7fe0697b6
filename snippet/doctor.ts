/** Chunk, on `owlbound.doctor()` or `?owlbound_debug`: what is wrong with this installation, said in the page. */

import type { Own } from "./own.ts";
import type { OwlboundCheck, OwlboundDoctorReport, OwlboundReceipt } from "./owlbound.d.ts";
import { collectorOf, keyOf } from "./tag-settings.ts";

const WAIT_MS = 5000;
const STEP_MS = 100;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** `undefined` where storage is blocked. */
function stored(name: string): string | null | undefined {
  try {
    return localStorage.getItem(name);
  } catch {
    return undefined;
  }
}

type Verdict = [ok: boolean, text: string];
type Check = (script: HTMLScriptElement) => Verdict;

const CHECKS: Record<string, Check> = {
  key: (script) => {
    const key = keyOf(script);
    if (!key) return [false, 'no key: put data-key="gtm_pk_…" on the script tag'];
    return key.startsWith("gtm_pk_") ? [true, "a publishable key is set"] : [false, "this is not a publishable key (gtm_pk_…)"];
  },
  page: ({ dataset }) => {
    if (!/^(localhost|127\..+|)$/.test(location.hostname) && location.protocol !== "file:") return [true, location.host];
    return [dataset.force !== undefined, `a local page (${location.host || "a file"}): sent only with data-force`];
  },
  webdriver: ({ dataset }) =>
    navigator.webdriver
      ? [dataset.force !== undefined, "an automated browser: sent only with data-force, and counted as a bot"]
      : [true, "an ordinary browser"],
  "double install": (script) => {
    const bare = (other: HTMLScriptElement) => other.src.replace(/[?#].*/, "");
    const copies = [...document.scripts].filter((other) => other === script || bare(other) === bare(script)).length;
    if (copies > 1) return [false, `the tag is on the page ${copies} times: only the first one works`];
    return [true, "the tag is on the page once"];
  },
  mode: ({ dataset: { mode = "anonymous" } }) =>
    /^(anonymous|consent|identified)$/.test(mode) ? [true, mode] : [false, `"${mode}" is no data-mode: treated as anonymous`],
  consent: ({ dataset: { mode } }) =>
    mode === "consent" && !navigator.globalPrivacyControl && !stored("owlboundId")
      ? [false, "not given yet: call owlbound.consent('granted')"]
      : [true, "nothing to wait for"],
  "opt-out": () => (stored("noOwlbound") ? [false, "this browser opted out: owlbound.optIn() takes it back"] : [true, "none"]),
  GPC: () => [true, navigator.globalPrivacyControl ? "the browser asks for privacy: anonymous at most" : "not set"],
  storage: () => [true, stored("owlboundId") === undefined ? "blocked: undelivered signals live as long as the page" : "works"],
};

/** Can the collector be reached from here, and if not, is it the page's policy? */
async function checkCollector(script: HTMLScriptElement): Promise<OwlboundCheck> {
  const url = `${collectorOf(script)}/health`;
  let violated = "";
  const onViolation = ({ blockedURI, effectiveDirective }: SecurityPolicyViolationEvent) => {
    if (blockedURI && url.startsWith(blockedURI)) violated = effectiveDirective;
  };
  document.addEventListener("securitypolicyviolation", onViolation);
  try {
    // The answer's content doesn't matter, and may be closed to other origins.
    await fetch(url, { mode: "no-cors", credentials: "omit" });
    return { name: "collector", ok: true, text: `${url} answers` };
  } catch {
    await pause(STEP_MS);
    const text = violated
      ? `the page's Content-Security-Policy forbids it: add ${new URL(url).origin} to ${violated}`
      : navigator.onLine
        ? `${url} can't be reached: the collector is down, or a blocker in the browser stops it`
        : "the browser is offline: signals are sent when it is back";
    return { name: "collector", ok: false, text };
  } finally {
    document.removeEventListener("securitypolicyviolation", onViolation);
  }
}

function readReceipt(last: string | undefined): OwlboundReceipt | undefined {
  if (last === undefined) return undefined;
  try {
    const { data, error } = JSON.parse(last);
    return { stored: data !== undefined, signalId: data?.signalId, duplicate: data?.duplicate, workflows: data?.workflows, error };
  } catch {
    return { stored: false, error: { code: "NO_COLLECTOR", message: "Something else than a collector answered." } };
  }
}

const ADVICE: Record<string, string> = {
  ORIGIN_NOT_ALLOWED: "add this page's origin to the key's allowed origins",
  API_KEY_INVALID: "the key is unknown: copy it again from the console",
  API_KEY_REVOKED: "the key was revoked: put a new one into the tag",
  API_KEY_EXPIRED: "the key has expired: put a new one into the tag",
  RATE_LIMIT_EXCEEDED: "too many signals: they are sent later",
};

function checkReceipt(receipt: OwlboundReceipt | undefined): OwlboundCheck {
  if (!receipt) return { name: "last signal", ok: false, text: "nothing from this page was answered yet" };
  if (receipt.stored) {
    const matched = receipt.workflows?.length ? `; matched workflows ${receipt.workflows.join(", ")}` : "";
    return { name: "last signal", ok: true, text: `stored${receipt.signalId ? ` as ${receipt.signalId}` : ""}${matched}` };
  }
  const { code = "UNKNOWN", message = "" } = receipt.error ?? {};
  return { name: "last signal", ok: false, text: `not stored: ${code} ${message} ${ADVICE[code] ? `(${ADVICE[code]})` : ""}`.trim() };
}

const NOTE: Partial<CSSStyleDeclaration> = {
  position: "fixed",
  right: "12px",
  bottom: "12px",
  zIndex: "2147483647",
  maxWidth: "min(92vw, 560px)",
  padding: "12px 16px",
  borderRadius: "8px",
  background: "#14181f",
  color: "#f2f4f8",
  font: "13px/1.5 ui-monospace, monospace",
  whiteSpace: "pre-wrap",
};

/** A note over the page, only on `?owlbound_debug`: text and CSSOM, which strict policies allow. */
function show(text: string): void {
  const note = document.createElement("div");
  note.setAttribute("role", "status");
  Object.assign(note.style, NOTE);
  note.textContent = text;
  document.body.append(note);
}

/**
 * Examines the installation and says in the console, and on `?owlbound_debug` over the page too, what it
 * found. Waits up to 5 s for the answer to a signal that is on its way.
 */
export default async function doctor(script: HTMLScriptElement, own: Own): Promise<OwlboundDoctorReport> {
  const checks = Object.entries(CHECKS).map(([name, check]): OwlboundCheck => {
    const [ok, text] = check(script);
    return { name, ok, text };
  });
  const silent = checks.some((check) => !check.ok);
  checks.push(await checkCollector(script));
  for (let waited = 0; !silent && own.last === undefined && waited < WAIT_MS; waited += STEP_MS) await pause(STEP_MS);
  const receipt = readReceipt(own.last);
  checks.push(checkReceipt(receipt));
  const lines = checks.map((check) => `${check.ok ? "✓" : "✗"} ${check.name}: ${check.text}`);
  const text = [`Owlbound tag ${TAG_VERSION}`, ...lines].join("\n");
  console.warn(text);
  if (/[?&]owlbound_debug/.test(location.search)) show(text);
  return { ok: checks.every((check) => check.ok), version: TAG_VERSION, checks, receipt };
}
