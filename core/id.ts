import { randomFillSync } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const timeChars = 10;
const randomChars = 16;

const pool = Buffer.allocUnsafe(4096);
let used = pool.length;
let lastMs = 0;
let timeText = "";
/** The random part of the last id, as digits; counted up within one ms so that ids sort in order of making. */
const digits = new Uint8Array(randomChars);

/**
 * An opaque id: 26 characters, sorted by time of making (monotonic within this process), with 80 bits from a CSPRNG,
 * so that nobody guesses another's. Source: ULID (github.com/ulid/spec), in lower case.
 */
export function newId(nowMs: number): string {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    timeText = encodeTime(nowMs);
    refill();
  } else {
    step();
  }
  let text = timeText;
  for (const digit of digits) text += alphabet[digit];
  return text;
}

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
  let text = "";
  let rest = ms;
  for (let i = 0; i < timeChars; i++) {
    text = (alphabet[rest % 32] ?? "") + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function refill(): void {
  if (used + randomChars > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  for (let i = 0; i < randomChars; i++) digits[i] = (pool[used + i] ?? 0) & 31;
  // Room to count up within the ms.
  digits[0] = (digits[0] ?? 0) & 15;
  used += randomChars;
}

/** Adds a random step, so that ids of one ms can't be counted through. */
function step(): void {
  if (used + 4 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let carry = pool.readUInt32LE(used) + 1;
  used += 4;
  for (let i = randomChars - 1; i >= 0 && carry > 0; i--) {
    const sum = (digits[i] ?? 0) + carry;
    digits[i] = sum & 31;
    carry = Math.floor(sum / 32);
  }
}
