import { Context, Liquid, type Template, toValueSync } from "liquidjs";
import { boundedCache } from "../../core/lru.ts";
import { fieldKind, type Facts } from "../conditions/index.ts";
import type { Step } from "./contract.ts";

/** What a person may write: values, filters, conditions and lists. No files, no includes, nothing that collects output. */
const tagsKept = new Set(["assign", "case", "comment", "for", "if", "raw", "unless", "break", "continue"]);
const outputMax = 30_000;
const limits = { renderLimit: 1000, memoryLimit: 200_000 };
const parsedKept = 2000;

const nowhere = () => {
  throw new Error("templates read no files");
};
const engine = new Liquid({
  ...limits,
  parseLimit: 100_000,
  cache: false,
  dynamicPartials: false,
  relativeReference: false,
  ownPropertyOnly: true,
  strictFilters: true,
  fs: { readFileSync: nowhere, readFile: nowhere, existsSync: () => false, exists: () => Promise.resolve(false), contains: () => Promise.resolve(false), containsSync: () => false, resolve: nowhere },
});
for (const name of Object.keys(engine.tags)) if (!tagsKept.has(name)) delete engine.tags[name];

const parsed = boundedCache<string, Template[]>(parsedKept);

/** A text in which `{{ contact.firstName }}` stands for a field, filled in. What is unknown is empty. Throws when it gets too long or takes too long. */
export function renderTemplate(text: string, facts: Facts): string {
  if (!/\{[{%]/.test(text)) return text;
  let template = parsed.get(text);
  if (!template) parsed.set(text, (template = engine.parse(text)));
  const context = new Context(scopeOf(facts), engine.options, { ...limits, sync: true }, { liquid: engine });
  const emitter = boundedEmitter();
  toValueSync(engine.renderer.renderTemplates(template, context, emitter));
  return emitter.buffer;
}

/** As `renderTemplate`, for titles and subjects: line breaks and other control characters become spaces. */
export function renderLine(text: string, facts: Facts, max: number): string {
  return renderTemplate(text, facts).replaceAll(/[\p{Cc}\u2028\u2029\s]+/gu, " ").trim().slice(0, max).toWellFormed();
}

/** What is wrong with a template, as a sentence; undefined when nothing is. */
export function templateFault(text: string): string | undefined {
  if (!/\{[{%]/.test(text)) return undefined;
  try {
    const unknown = engine.globalVariableSegmentsSync(engine.parse(text), { partials: false }).map(nameOf).find((name) => !isKnown(name));
    return unknown === undefined ? undefined : `There is no field "${unknown.slice(0, 80)}" to fill in.`;
  } catch (error) {
    return `This is no template: ${(error instanceof Error ? error.message : String(error)).split("\n")[0]?.slice(0, 200)}`;
  }
}

/** Each fault of a definition's templates, with the path to it. */
export function templateFaults(steps: readonly Step[], at = "steps"): { path: string; message: string }[] {
  return steps.flatMap((step, i) => {
    const path = `${at}.${i}`;
    if (step.do === "branch") return [...templateFaults(step.then, `${path}.then`), ...templateFaults(step.else ?? [], `${path}.else`)];
    const texts: [string, string | undefined][] = step.do === "notify" ? [["message", step.message], ["subject", step.subject]] : step.do === "task" ? [["title", step.title], ["notes", step.notes]] : [];
    return texts.flatMap(([name, text]) => {
      const message = text === undefined ? undefined : templateFault(text);
      return message === undefined ? [] : [{ path: `${path}.${name}`, message }];
    });
  });
}

/** Fields of a list's items are the list's business: `contact.tags`, `contact.tags.first`, `contact.tags[0]`. */
function isKnown(name: string): boolean {
  return fieldKind(name) !== undefined || fieldKind(name.replace(/\.(first|last|size|\d+)$/, "")) === "list";
}

/** A variable as a dotted name; one whose parts are computed has none. */
const nameOf = (segments: readonly unknown[]): string => segments.map((part) => (typeof part === "string" || typeof part === "number" ? String(part) : "[…]")).join(".");

function scopeOf({ contact, company, signal, enrollment, score, scores }: Facts): object {
  return { contact: contact ?? {}, company: company ?? {}, signal: signal ?? {}, enrollment: enrollment ?? {}, score, scores: scores ?? {} };
}

function boundedEmitter(): { buffer: string; write(html: unknown): void } {
  return {
    buffer: "",
    write(html) {
      this.buffer += html === null || html === undefined ? "" : typeof html === "object" ? JSON.stringify(html) : String(html);
      if (this.buffer.length > outputMax) throw new Error(`the text is longer than ${outputMax} characters`);
    },
  };
}
