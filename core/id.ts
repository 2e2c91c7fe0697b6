import { createHash, randomFillSync } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const timeChars = 9;
const randomChars = 17;
/** All texts of ten bits, so that an id is put together from few pieces. */
const pairs = Array.from({ length: 1024 }, (_, n) => `${alphabet[n >> 5]}${alphabet[n & 31]}`);

const pool = new Uint32Array(1024);
const wordsPerId = 5;
let used = pool.length;

let lastMs = -1;
let timeText = "";
// The random part of the last id: a digit of 5 bits, then four limbs of 20 bits, the highest first.
let top = 0;
let a = 0;
let b = 0;
let c = 0;
let d = 0;

/**
 * An opaque id of 26 lower-case Crockford characters that sorts by time of making (epoch ms, 45 bits, good until the
 * year 3084). Ids of one process never sort backwards, not even within one ms or when the clock is set back. The rest is
 * from a CSPRNG: 84 bits for the first id of a ms, a fresh step of 72 bits for each further one. Close to a ULID.
 */
export function newId(nowMs: number): string {
  if (nowMs > lastMs) startMs(nowMs);
  else if (!step()) startMs(lastMs + 1);
  return timeText + alphabet[top] + quad(a) + quad(b) + quad(c) + quad(d);
}

/** The one id that a text has at a moment, on every node: what is written under it twice is there once. */
export function idOf(ms: number, text: string): string {
  const digest = createHash("sha256").update(text).digest().subarray(0, randomChars);
  return encodeTime(ms) + Array.from(digest, (byte) => alphabet[byte & 31]).join("");
}

const idShape = new RegExp(`^[${alphabet}]{${timeChars + randomChars}}$`);

/** Whether a text can be one of our ids. */
export const isId = (text: string): boolean => idShape.test(text);

/** Epoch ms at which an id was made. */
export function idTime(id: string): number {
  let ms = 0;
  for (let i = 0; i < timeChars; i++) ms = ms * 32 + alphabet.indexOf(id[i] ?? "");
  return ms;
}

/** The smallest id of a moment: `id >= idFloor(t)` are those made at or after t. */
export function idFloor(ms: number): string {
  return encodeTime(ms) + "0".repeat(randomChars);
}

function encodeTime(ms: number): string {
  const high = Math.floor(ms / 2 ** 20);
  const low = ms % 2 ** 20;
  return `${alphabet[(high >>> 20) & 31]}${quad(high & 0xfffff)}${quad(low)}`;
}

function quad(bits20: number): string {
  return `${pairs[bits20 >> 10]}${pairs[bits20 & 1023]}`;
}

function startMs(ms: number): void {
  lastMs = ms;
  timeText = encodeTime(ms);
  draw();
  // The highest bit stays free as room to step within the ms.
  top = word(0) & 15;
  a = word(1) & 0xfffff;
  b = word(2) & 0xfffff;
  c = word(3) & 0xfffff;
  d = word(4) & 0xfffff;
}

/** Adds a random step ≥ 1, so that the ids of one ms can't be counted through. False when the ms is full (about 8,000 ids). */
function step(): boolean {
  draw();
  d += (word(4) & 0xfffff) + 1;
  c += (word(3) & 0xfffff) + (d >> 20);
  b += (word(2) & 0xfffff) + (c >> 20);
  a += (word(1) & 0xfff) + (b >> 20);
  top += a >> 20;
  a &= 0xfffff;
  b &= 0xfffff;
  c &= 0xfffff;
  d &= 0xfffff;
  return top < 32;
}

function draw(): void {
  used += wordsPerId;
  if (used + wordsPerId <= pool.length) return;
  randomFillSync(pool);
  used = 0;
}

function word(i: number): number {
  return pool[used + i] ?? 0;
}
