/** Markup that may stand in a page as it is. Only `html` and `trusted` make it. */
export interface Html {
  readonly markup: string;
}

/** What may stand in an `html` template: text is escaped, markup is kept, `false` and `undefined` leave nothing. */
export type HtmlValue = string | number | Html | readonly HtmlValue[] | false | undefined;

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Escapes text for an element's content and for a quoted attribute alike. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Marks a string of ours (a generated drawing) as markup. Never for anything a visitor sent. */
export function trusted(markup: string): Html {
  return { markup };
}

/** The template tag of every page: what is put in is escaped unless it is `Html` itself. */
export function html(parts: TemplateStringsArray, ...values: HtmlValue[]): Html {
  const markup = parts.reduce((text, part, index) => text + toMarkup(values[index - 1]) + part);
  return { markup };
}

function toMarkup(value: HtmlValue): string {
  if (value === undefined || value === false) return "";
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  return isList(value) ? value.map(toMarkup).join("") : value.markup;
}

function isList(value: Html | readonly HtmlValue[]): value is readonly HtmlValue[] {
  return Array.isArray(value);
}
