/** A refusal that names the place: `path` leads to it from the checked value. */
export interface Refusal {
  ok: false;
  path: (string | number)[];
  code: string;
  message: string;
}

interface Limits {
  depth: number;
  /** What a sender is told: how deep `data` may be, wherever it was too deep. */
  depthTold: number;
  keys: number;
  keysPerObject: number;
}

interface Walk extends Limits {
  keysSeen: number;
  /** Also look into texts; a body's texts are looked at when they are stored. */
  texts: boolean;
  loneSurrogate: boolean;
}

const dataBytesMax = 10_240;
const keyLengthMax = 128;
const dataDepthMax = 20;
const dataLimits: Limits = { depth: dataDepthMax, depthTold: dataDepthMax, keys: 200, keysPerObject: 200 };
/** A batch holds `data` of full depth four levels down, a hundred times. */
const bodyLimits: Limits = { depth: 24, depthTold: dataDepthMax, keys: 25_000, keysPerObject: 200 };

/**
 * Checks `data` of a signal and answers the JSON to store: a plain object of at most 10,240 bytes of UTF-8, 20 levels and
 * 200 keys, without names that reach prototypes, safe to keep in SQLite and PostgreSQL. Halves of surrogate pairs, which a
 * title cut in the middle of an emoji leaves behind, are replaced by U+FFFD. Never throws.
 */
export function checkData(value: unknown): { ok: true; json: string } | Refusal {
  if (!isPlainObject(value)) return refusal("invalid_type", "Send an object.");
  const walk: Walk = { ...dataLimits, keysSeen: 0, texts: true, loneSurrogate: false };
  const found = visit(value, 1, walk);
  if (found) return found;
  const json = JSON.stringify(walk.loneSurrogate ? wellFormed(value) : value);
  const bytes = json.length > dataBytesMax ? json.length : Buffer.byteLength(json);
  if (bytes > dataBytesMax) return refusal("too_big", `Send at most ${dataBytesMax} bytes of JSON.`);
  return { ok: true, json };
}

/** Checks the shape of a whole body (depth, keys, forbidden names) before anything else reads it. Never throws. */
export function checkShape(value: unknown): { ok: true } | Refusal {
  return visit(value, 1, { ...bodyLimits, keysSeen: 0, texts: false, loneSurrogate: false }) ?? shapely;
}

const shapely = { ok: true } as const;
const pathMax = 24;

/**
 * Checks that a body parsed from `text` has no key `__proto__` at any depth: whoever copies such a body key by key loses it, or worse, in
 * silence. How deep and wide it may be is left to its schema. Never throws.
 */
export function checkPrototypes(value: unknown, text: string): { ok: true } | Refusal {
  // Nearly all bodies hold neither the name nor an escape that could spell it.
  if (!/__proto__|\\u00/i.test(text)) return shapely;
  // No recursion: a megabyte of brackets nests deeper than the stack.
  const open: Place[] = [{ value, step: "", within: undefined }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (typeof at.value !== "object" || at.value === null) continue;
    if (!Array.isArray(at.value) && Object.hasOwn(at.value, "__proto__")) return { ...refusal("forbidden_key", "The key __proto__ is not allowed."), path: pathTo({ value: undefined, step: "__proto__", within: at }) };
    for (const [step, inner] of Object.entries(at.value)) if (typeof inner === "object") open.push({ value: inner, step, within: at });
  }
  return shapely;
}

interface Place {
  value: unknown;
  step: string;
  within: Place | undefined;
}

/** Of a place too deep to be shown, its beginning is left out. */
function pathTo(place: Place): string[] {
  const path: string[] = [];
  for (let at: Place | undefined = place; at?.within !== undefined && path.length < pathMax; at = at.within) path.unshift(at.step.slice(0, keyLengthMax));
  return path;
}

/** `JSON.parse` makes `__proto__` an own key like any other, so looking at own keys finds it. */
const isForbidden = (key: string) => key === "__proto__" || key === "constructor" || key === "prototype";

function visit(value: unknown, depth: number, walk: Walk): Refusal | undefined {
  if (typeof value === "string") return walk.texts ? visitText(value, walk) : undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : refusal("not_finite", "Send a number that is finite.");
  if (typeof value === "boolean" || value === null) return undefined;
  if (typeof value !== "object") return refusal("invalid_type", "Send JSON only.");
  if (depth > walk.depth) return refusal("too_deep", `Nest at most ${walk.depthTold} levels.`);
  if (Array.isArray(value)) return visitItems(value, depth, walk);
  return isPlainObject(value) ? visitEntries(value, depth, walk) : refusal("invalid_type", "Send JSON only.");
}

function visitItems(items: readonly unknown[], depth: number, walk: Walk): Refusal | undefined {
  for (let i = 0; i < items.length; i++) {
    const found = visit(items[i], depth + 1, walk);
    if (found) return under(i, found);
  }
  return undefined;
}

function visitEntries(object: Record<string, unknown>, depth: number, walk: Walk): Refusal | undefined {
  const keys = Object.keys(object);
  walk.keysSeen += keys.length;
  if (walk.keysSeen > walk.keys || keys.length > walk.keysPerObject) return refusal("too_many_keys", `Send at most ${Math.min(walk.keys, walk.keysPerObject)} keys.`);
  for (const key of keys) {
    const found = visitKey(key, walk) ?? visit(object[key], depth + 1, walk);
    if (found) return under(key.slice(0, keyLengthMax), found);
  }
  return undefined;
}

function visitKey(key: string, walk: Walk): Refusal | undefined {
  if (key.length > keyLengthMax) return refusal("key_too_long", `Keys have at most ${keyLengthMax} characters.`);
  if (isForbidden(key)) return refusal("forbidden_key", `The key ${key} is not allowed.`);
  if (!walk.texts) return undefined;
  if (key.includes("\0")) return refusal("nul_character", "Keys can't hold the NUL character (\\u0000).");
  return key.isWellFormed() ? undefined : refusal("invalid_text", "The key holds half of a surrogate pair.");
}

function visitText(text: string, walk: Walk): Refusal | undefined {
  // PostgreSQL's text can't hold it, and SQLite's functions end a text there.
  if (text.includes("\0")) return refusal("nul_character", "Texts can't hold the NUL character (\\u0000).");
  if (!text.isWellFormed()) walk.loneSurrogate = true;
  return undefined;
}

function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, wellFormed(inner)]));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function refusal(code: string, message: string): Refusal {
  return { ok: false, path: [], code, message };
}

function under(step: string | number, found: Refusal): Refusal {
  found.path.unshift(step);
  return found;
}
