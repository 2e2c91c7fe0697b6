/** One reading of a logger. */
export interface Reading {
  /** Hours since the start of the record. */
  hour: number;
  /** Degrees Celsius. */
  celsius: number;
}

/** A warm spell in a drawn trace. */
export interface Excursion {
  startHour: number;
  lengthHours: number;
  peakCelsius: number;
}

export interface TraceOptions {
  hours: number;
  /** Any whole number; the same seed draws the same trace. */
  seed: number;
  baseCelsius?: number;
  excursions?: readonly Excursion[];
  stepHours?: number;
}

/** Draws a believable record of a refrigerated box: a compressor's slow saw, small noise, and the given warm spells. */
export function drawTrace(options: TraceOptions): Reading[] {
  const { hours, seed, baseCelsius = 4.4, excursions = [], stepHours = 0.1 } = options;
  const noise = noiseFrom(seed);
  const readings: Reading[] = [];
  for (let step = 0; step <= Math.round(hours / stepHours); step += 1) {
    const hour = step * stepHours;
    const cycle = 0.42 * Math.sin(hour * 2.35 + seed) + 0.22 * Math.sin(hour * 5.1 + seed * 2);
    const warm = excursions.reduce((sum, spell) => sum + warmth(hour, spell, baseCelsius), 0);
    readings.push({ hour, celsius: baseCelsius + cycle + warm + (noise() - 0.5) * 0.3 });
  }
  return readings;
}

/** Rises fast while the doors are open, falls slowly once they are shut: the way a box really warms. */
function warmth(hour: number, spell: Excursion, baseCelsius: number): number {
  const rise = spell.peakCelsius - baseCelsius;
  const into = (hour - spell.startHour) / spell.lengthHours;
  if (into <= 0) return 0;
  return into <= 1 ? rise * Math.sin((into * Math.PI) / 2) : rise * Math.exp(-(into - 1) * 0.9);
}

/** A seeded linear congruential generator: the drawings must not change between two starts, or their ETags would. */
function noiseFrom(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Cuts a trace into runs that lie inside and outside the limit; neighbours share a point, so the line has no gap. */
export function splitAtLimit(readings: readonly Reading[], limitCelsius: number): { over: boolean; readings: Reading[] }[] {
  const runs: { over: boolean; readings: Reading[] }[] = [];
  for (const reading of readings) {
    const over = reading.celsius > limitCelsius;
    const last = runs.at(-1);
    if (last?.over === over) {
      last.readings.push(reading);
    } else {
      const joint = last?.readings.at(-1);
      runs.push({ over, readings: joint ? [joint, reading] : [reading] });
    }
  }
  return runs;
}
