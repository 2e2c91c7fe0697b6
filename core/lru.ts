export interface BoundedCache<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  delete(key: K): void;
  clear(): void;
}

/**
 * A map that keeps about its last `max` used entries: two generations instead of a list, so that a hit costs one
 * lookup. Holds at most 2 × max; with `sizeOf`, entries of at most so much together.
 */
export function boundedCache<K, V>(max: number, sizeOf?: (value: V) => number): BoundedCache<K, V> {
  let young = new Map<K, V>();
  let old = new Map<K, V>();
  // An entry that is set twice counts twice until its generation ends: the bound holds all the same.
  let youngSize = 0;
  const set = (key: K, value: V) => {
    young.set(key, value);
    youngSize = sizeOf ? youngSize + sizeOf(value) : young.size;
    if (youngSize < max) return;
    old = young;
    young = new Map();
    youngSize = 0;
  };
  return {
    get: (key) => {
      const hit = young.get(key);
      if (hit !== undefined) return hit;
      const older = old.get(key);
      if (older !== undefined) set(key, older);
      return older;
    },
    set,
    delete: (key) => {
      young.delete(key);
      old.delete(key);
    },
    clear: () => {
      young = new Map();
      old = new Map();
      youngSize = 0;
    },
  };
}
