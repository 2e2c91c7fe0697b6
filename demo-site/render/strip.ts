import { trusted, type Html } from "./html.ts";
import { drawTrace, splitAtLimit, type Reading } from "./trace.ts";

/** A lettered moment on the strip; the page explains it beside the drawing. */
export interface StripMark {
  letter: string;
  hour: number;
}

export interface StripOptions {
  hours: number;
  readings: readonly Reading[];
  marks: readonly StripMark[];
  /** Phones get the strip as it leaves the recorder: time runs down. */
  vertical: boolean;
}

const hourSizeAcross = 36;
/** The drawing is shown small on a phone, so its hours are longer and its letters larger. */
const hourSizeDown = 50;
const degreeSize = 20;
const highestCelsius = 12;

/** A strip of chart paper with the trace, the 2–8 °C band and lettered moments. Hidden from readers: the list beside it says the same. */
export function stripChart(options: StripOptions): Html {
  const hourSize = options.vertical ? hourSizeDown : hourSizeAcross;
  const markRadius = options.vertical ? 25 : 13;
  const length = options.hours * hourSize;
  const height = highestCelsius * degreeSize;
  const place = (hour: number, celsius: number): string => {
    const along = (hour * hourSize).toFixed(1);
    return options.vertical ? `${(celsius * degreeSize).toFixed(1)} ${along}` : `${along} ${(height - celsius * degreeSize).toFixed(1)}`;
  };
  const line = (kind: string, from: string, to: string): string => `<path class="${kind}" d="M${from}L${to}"/>`;
  const grid = [
    ...Array.from({ length: options.hours + 1 }, (_, hour) => line(hour % 6 === 0 ? "ring strong" : "ring", place(hour, 0), place(hour, highestCelsius))),
    ...Array.from({ length: highestCelsius + 1 }, (_, celsius) =>
      line(celsius === 2 || celsius === 8 ? "ring limit" : "ring", place(0, celsius), place(options.hours, celsius))),
  ];
  const band = `<path class="strip-band" d="M${place(0, 2)}L${place(options.hours, 2)}L${place(options.hours, 8)}L${place(0, 8)}Z"/>`;
  const traces = splitAtLimit(options.readings, 8).map(
    (run) => `<path class="${run.over ? "trace-hot" : "trace"}" d="M${run.readings.map((reading) => place(reading.hour, reading.celsius)).join("L")}"/>`,
  );
  const marks = options.marks.map((mark) => {
    const [x, y] = place(mark.hour, 10.9).split(" ");
    return `${line("strip-stem", place(mark.hour, 0), place(mark.hour, 10))}<circle class="strip-mark" cx="${x}" cy="${y}" r="${markRadius}"/><text class="strip-letter" text-anchor="middle" x="${x}" y="${Number(y) + markRadius * 0.4}">${mark.letter}</text>`;
  });
  const size = options.vertical ? `-16 -16 ${height + 32} ${length + 32}` : `-16 -16 ${length + 32} ${height + 32}`;
  return trusted(`<svg class="strip ${options.vertical ? "strip-down" : "strip-across"}" viewBox="${size}" aria-hidden="true">${band}${grid.join("")}${traces.join("")}${marks.join("")}</svg>`);
}

/** A small trace that stands beside an article's title. */
export function sparkline(seed: number): Html {
  const readings = drawTrace({
    hours: 12,
    seed,
    stepHours: 0.12,
    baseCelsius: 4.6,
    excursions: [{ startHour: 3 + (seed % 5), lengthHours: 0.9, peakCelsius: 8.2 + (seed % 3) }],
  });
  const place = (reading: Reading): string => `${(reading.hour * 20).toFixed(1)} ${(96 - reading.celsius * 8).toFixed(1)}`;
  const paths = splitAtLimit(readings, 8).map((run) => `<path class="${run.over ? "trace-hot" : "trace"}" d="M${run.readings.map(place).join("L")}"/>`);
  const grid = [0, 2, 4, 6, 8, 10, 12].map((celsius) => `<path class="ring${celsius === 8 ? " limit" : ""}" d="M0 ${96 - celsius * 8}H240"/>`);
  return trusted(`<svg class="spark" viewBox="0 -2 240 100" preserveAspectRatio="none" aria-hidden="true">${grid.join("")}${paths.join("")}</svg>`);
}
