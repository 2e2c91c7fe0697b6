/** Chunk, on `owlbound.doctor()` or `?owlbound_debug`: what is wrong with this installation, said in the page. */

import type { Shared } from "./chunk.ts";
import type { OwlboundCheck, OwlboundDoctorReport, OwlboundReceipt } from "./owlbound.d.ts";
import { collectorOf, keyOf } from "./tag-settings.ts";

const WAIT_MS = 5000;
const STEP_MS = 100;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function stored(name: string): string | null | undefined {
  try {
    return localStorage.getItem(name);
  } catch {
    return undefined;
  }
}

/** What the key, the page and the browser allow. */
function checkPage(script: HTMLScriptElement): OwlboundCheck[] {
  const { mode = "anonymous", force } = script.dataset;
  const key = keyOf(script);
  const automated = navigator.webdriver === true;
  const local = /^(localhost|127\..+|)$/.test(location.hostname) || location.protocol === "file:";
  const copies = [...document.scripts].filter((other) => other.src.split("?")[0] === script.src.split("?")[0]).length;
  const waits = mode === "consent" && !stored("owlboundId");
  const known = ["anonymous", "consent", "identified"].includes(mode);
  const may = (blocked: boolean) => !blocked || force !== undefined;
  return [
    { name: "key", ok: /^gtm_pk_/.test(key ?? ""), text: key ? (/^gtm_pk_/.test(key) ? "a publishable key is set" : "this is not a publishable key (gtm_pk_…): put one into data-key") : "no key: put data-key=\"gtm_pk_…\" on the script tag" },
    { name: "page", ok: may(local), text: local ? `a local page (${location.host || "file"}): sent only with data-force` : `a public page (${location.host})` },
    { name: "webdriver", ok: may(automated), text: automated ? "an automated browser: sent only with data-force, and counted as a bot" : "an ordinary browser" },
    { name: "double install", ok: copies < 2, text: copies < 2 ? "the tag is on the page once" : `the tag is on the page ${copies} times: only the first one works, remove the others` },
    { name: "mode", ok: known, text: known ? `privacy mode ${mode}` : `unknown data-mode "${mode}": treated as anonymous` },
    { name: "consent", ok: !waits, text: waits ? "no consent yet: call owlbound.consent('granted')" : "nothing to wait for" },
    { name: "opt-out", ok: !stored("noOwlbound"), text: stored("noOwlbound") ? "this browser opted out: owlbound.optIn() takes it back" : "this browser did not opt out" },
    { name: "GPC", ok: true, text: navigator.globalPrivacyControl ? "the browser asks for privacy (GPC): anonymous at most" : "the browser sends no privacy signal" },
    { name: "storage", ok: true, text: stored("owlboundId") === undefined ? "storage is blocked: undelivered signals live as long as the page" : "storage works" },
  ];
}

/** Can the collector be reached from here, and if not, is it the page's policy? */
async function checkCollector(script: HTMLScriptElement): Promise<OwlboundCheck> {
  const url = `${collectorOf(script)}/health`;
  let violated = "";
  const onViolation = (event: SecurityPolicyViolationEvent) => {
    if (event.blockedURI && url.startsWith(event.blockedURI)) violated = event.effectiveDirective;
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

async function readReceipt(last: unknown): Promise<OwlboundReceipt | undefined> {
  if (last === undefined) return undefined;
  if (!(last instanceof Response)) return { stored: false, status: 0, error: { code: "NETWORK", message: String(last) } };
  const body = await last
    .clone()
    .json()
    .catch(() => ({}));
  const { signalId, duplicate, workflows } = body.data ?? {};
  return { stored: last.ok, status: last.status, signalId, duplicate, workflows, error: body.error };
}

const ADVICE: Record<string, string> = {
  ORIGIN_NOT_ALLOWED: "add this page's origin to the key's allowed origins",
  API_KEY_INVALID: "the key is unknown: copy it again from the console",
  API_KEY_REVOKED: "the key was revoked: put a new one into the tag",
  API_KEY_EXPIRED: "the key has expired: put a new one into the tag",
  RATE_LIMIT_EXCEEDED: "too many signals: they are sent later",
};

function checkReceipt(receipt: OwlboundReceipt | undefined): OwlboundCheck {
  if (!receipt) return { name: "last signal", ok: false, text: "nothing was sent from this page yet" };
  if (receipt.stored) {
    const matched = receipt.workflows?.length ? `; matched workflows ${receipt.workflows.join(", ")}` : "";
    return { name: "last signal", ok: true, text: `stored${receipt.signalId ? ` as ${receipt.signalId}` : ""}${matched}` };
  }
  const { code = String(receipt.status), message = "" } = receipt.error ?? {};
  return { name: "last signal", ok: false, text: `not stored: ${code} ${message} ${ADVICE[code] ? `(${ADVICE[code]})` : ""}`.trim() };
}

/** A note over the page, only on `?owlbound_debug`: text nodes and CSSOM, which strict policies allow. */
function show(lines: string[]): void {
  const note = document.createElement("div");
  note.setAttribute("role", "status");
  Object.assign(note.style, { position: "fixed", inset: "auto 12px 12px auto", zIndex: "2147483647", maxWidth: "min(92vw,560px)", padding: "12px 16px", borderRadius: "8px", background: "#14181f", color: "#f2f4f8", font: "13px/1.5 ui-monospace,monospace", whiteSpace: "pre-wrap" });
  note.textContent = lines.join("\n");
  document.body.append(note);
}

/**
 * Examines the installation and says in the console, and on `?owlbound_debug` over the page too, what it
 * found. Waits up to 5 s for the answer to a signal that is on its way. Never rejects.
 */
export default async function doctor(script: HTMLScriptElement, shared: Shared): Promise<OwlboundDoctorReport> {
  const checks = checkPage(script);
  const blocked = checks.some((check) => !check.ok);
  checks.push(await checkCollector(script));
  for (let waited = 0; !blocked && shared.last === undefined && waited < WAIT_MS; waited += STEP_MS) await pause(STEP_MS);
  const receipt = await readReceipt(shared.last);
  checks.push(checkReceipt(receipt));
  const report = { ok: checks.every((check) => check.ok), version: TAG_VERSION, checks, receipt };
  const lines = checks.map((check) => `${check.ok ? "✓" : "✗"} ${check.name}: ${check.text}`);
  console.info([`Owlbound tag ${TAG_VERSION}`, ...lines].join("\n"));
  if (/[?&]owlbound_debug/.test(location.search)) show(lines);
  return report;
}
