/** Chunk, where `data-forms` asks for it: a form that opted in says who the visitor is. */

import type { PersonWire } from "../collector/wire.ts";
import { listen } from "./guard.ts";
import type { post } from "./delivery.ts";

/** What of a person a field holds, by its autocomplete token or, failing that, by its type and name. */
const FIELDS: [field: keyof PersonWire, autocomplete: string, name: RegExp][] = [
  ["email", "email", /e-?mail/i],
  ["firstName", "given-name", /^(first|given|f)[-_ ]?name$|^vorname$/i],
  ["lastName", "family-name", /^(last|family|sur|l)[-_ ]?name$|^nachname$/i],
  ["company", "organization", /company|organi[sz]ation|firma/i],
];

const READABLE = /^(text|email|search|url|)$/;

function fieldOf({ type, name, id, autocomplete }: HTMLInputElement): keyof PersonWire | undefined {
  const tokens = autocomplete.split(" ");
  if (!READABLE.test(type) || tokens.some((token) => /^cc-|password|one-time-code/.test(token))) return undefined;
  if (type === "email") return "email";
  return FIELDS.find(([, token, pattern]) => tokens.includes(token) || pattern.test(name || id))?.[0];
}

/** What the form says of its sender. Reads text and e-mail fields only: no hidden, password or card field. */
export function personIn(form: HTMLFormElement): PersonWire {
  const person: PersonWire = {};
  for (const input of form.elements) {
    if (!(input instanceof HTMLInputElement) || input.closest("[data-gtm-ignore]")) continue;
    const field = fieldOf(input);
    const value = input.value.trim().slice(0, 200);
    if (field && value) person[field] ??= value;
  }
  return person;
}

/** Identifies the sender of each form that carries `data-gtm-form`, when the browser found it valid and sent it. */
export default function startForms(send: typeof post, speaker: () => { visitorId: string | undefined; messageId: string; gpc: boolean | undefined }): void {
  listen("submit", ({ target }) => {
    if (!(target instanceof HTMLFormElement) || !target.matches("[data-gtm-form]")) return;
    const person = personIn(target);
    const identity = speaker();
    // Without a visitor (mode anonymous) there is nobody to link.
    if (person.email && identity.visitorId) send("/identify", { person, via: "form", ...identity });
  });
}
