import { drawTrace, type Reading } from "./trace.ts";

/** The record that the front page draws and the resources page hands out. */
export const consignment = {
  logger: "0417",
  /** First reading, UTC. */
  startsAt: Date.UTC(2026, 8, 14, 15, 45),
  hours: 31,
  /** One reading in five minutes. */
  readings: drawTrace({
    hours: 31,
    seed: 3,
    stepHours: 1 / 12,
    excursions: [{ startHour: 10, lengthHours: 0.9, peakCelsius: 9.6 }],
  }),
} as const;

/** The record as a system would receive it: RFC 4180, time in UTC, degrees Celsius. */
export function consignmentCsv(): string {
  const rows = consignment.readings.map(
    (reading) => `${clockOf(reading)},${consignment.logger},${reading.celsius.toFixed(1)},${reading.celsius > 8 ? "over" : "ok"}`,
  );
  return `${["time_utc,logger,celsius,verdict", ...rows].join("\r\n")}\r\n`;
}

function clockOf(reading: Reading): string {
  return new Date(consignment.startsAt + Math.round(reading.hour * 60) * 60_000).toISOString().slice(0, 16);
}
