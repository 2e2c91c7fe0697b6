/** Where a mode remembers: the visitor's id and what could not be delivered, in the browser's storage. */

import { newId } from "./ids.ts";
import type { Own } from "./own.ts";

const COUNT_MAX = 50;
const AGE_MAX_MS = 3e8;
/** What an earlier page or another tab left so young may still be on its way. */
const FOREIGN_AGE_MIN_MS = 5e3;
const ID = "owlboundId";
const OPTED_OUT = "noOwlbound";
/** `<messageId>owlbound<path>`; the id starts with the time. */
const WAITING = /^(\d+)-.*owlbound\//;

/** The browser's storage, or nothing where it is blocked. */
export function storage(): Record<string, string> {
  try {
    return (localStorage as unknown as Record<string, string>) ?? {};
  } catch {
    return {};
  }
}

/** The storage as a box of bodies; what it has no room for is kept in memory for the rest of the page. */
function boxOver(local: Record<string, string>, busy: Own["busy"]): Own["box"] {
  const spill: Record<string, string> = {};
  return new Proxy<Record<string, string>>({}, {
    get: (_, name: string) => spill[name] ?? local[name],
    set: (_, name: string, value: string) => {
      try {
        local[name] = value;
      } catch {
        spill[name] = value;
      }
      return true;
    },
    deleteProperty: (_, name: string) => delete spill[name] && delete local[name],
    // Only what this page may send: what other tabs left so young is theirs.
    ownKeys: () => Object.keys(busy).filter((name) => name in spill || name in local),
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  });
}

export interface Memory {
  /** The visitor's or the page's word: starts or stops recording; stopping deletes everything the tag stored. */
  decide(yes: unknown): void;
  /** True once somebody agreed to be remembered. */
  granted(): boolean;
  setOptOut(out: boolean): void;
  /** Forgets who the visitor is. */
  reset(): void;
}

/** `unreal`: a page that is never sent, whoever agrees. */
export function createMemory(own: Own, remembers: boolean, unreal: boolean): Memory {
  const local = storage();
  const write = (name: string, value: string) => {
    try {
      local[name] = value;
    } catch {
      // Storage is full: it holds for this page.
    }
  };

  /** Takes over what earlier pages and other tabs left, in bounds. */
  function adopt(): void {
    let count = 0;
    for (const name of Object.keys(local)) {
      const madeAt = Number(WAITING.exec(name)?.[1]);
      if (!madeAt) continue;
      const age = Date.now() - madeAt;
      if (count++ > COUNT_MAX || age > AGE_MAX_MS) delete local[name];
      else if (age > FOREIGN_AGE_MIN_MS) own.busy[name] ??= 0;
    }
  }

  if (remembers) setInterval(() => own.off || adopt(), FOREIGN_AGE_MIN_MS / 2);

  return {
    decide(yes) {
      const refused = Number(own.off) > 1;
      own.off = refused ? own.off : unreal || local[OPTED_OUT] || !yes;
      if (own.off) {
        for (const name of Object.keys(local)) if (/owlbound/.test(name)) delete local[name];
        own.box = {};
        own.id = undefined;
      } else if (remembers) {
        if (own.id === undefined) own.box = boxOver(local, own.busy);
        write(ID, (own.id = local[ID] || newId()));
        adopt();
      }
    },
    granted: () => local[ID] !== undefined,
    setOptOut: (out) => {
      if (out) write(OPTED_OUT, "1");
      else delete local[OPTED_OUT];
    },
    reset: () => {
      if (own.id !== undefined) write(ID, (own.id = newId()));
    },
  };
}
