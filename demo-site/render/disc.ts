import { trusted, type Html } from "./html.ts";
import { consignment } from "./consignment.ts";
import { splitAtLimit, type Reading } from "./trace.ts";

const centre = 300;
const innerRadius = 92;
const outerRadius = 262;
const lowestCelsius = 0;
const highestCelsius = 10;
/** The pen of a disc recorder swings on an arm, so its hour lines are bent: by this much from hub to rim. */
const penSwingDegrees = 17;

/** The disc's first hour line, and how long after it the record starts. */
const firstClockHour = 15;
const startsAfterHours = 0.75;
const drawnHours = 23;

/** The first day of the consignment as a disc from a chart recorder. The home page's picture. */
export function discChart(): Html {
  const readings = consignment.readings
    .filter((reading) => reading.hour <= drawnHours)
    .map((reading) => ({ hour: reading.hour + startsAfterHours, celsius: reading.celsius }));
  const runs = splitAtLimit(readings, 8).map(
    (run) => `<path class="${run.over ? "trace-hot" : "trace"}" d="${polyline(run.readings)}"/>`,
  );
  return trusted(`<svg class="disc" viewBox="0 0 600 600" role="img" aria-labelledby="disc-title">
<title id="disc-title">A round 24-hour chart. The temperature stays between 2 and 8 °C but for one peak of 9.4 °C, 47 minutes long, from ten past two at night.</title>
<circle class="disc-sheet" cx="300" cy="300" r="292"/>${band()}${rings()}${hourLines()}${labels()}
<g class="traces">${runs.join("")}</g>${hub()}</svg>`);
}

function point(hour: number, celsius: number): [x: number, y: number] {
  const share = (celsius - lowestCelsius) / (highestCelsius - lowestCelsius);
  const radius = innerRadius + share * (outerRadius - innerRadius);
  const radians = ((hour * 15 + share * penSwingDegrees - 90) * Math.PI) / 180;
  return [centre + radius * Math.cos(radians), centre + radius * Math.sin(radians)];
}

function write([x, y]: [number, number]): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}

function polyline(readings: readonly Reading[]): string {
  return `M${readings.map((reading) => write(point(reading.hour, reading.celsius))).join("L")}`;
}

function radiusOf(celsius: number): number {
  return innerRadius + (celsius / highestCelsius) * (outerRadius - innerRadius);
}

function band(): string {
  const width = radiusOf(8) - radiusOf(2);
  return `<circle class="disc-band" cx="300" cy="300" r="${radiusOf(5).toFixed(1)}" stroke-width="${width.toFixed(1)}"/>`;
}

function rings(): string {
  return Array.from({ length: highestCelsius + 1 }, (_, celsius) => {
    const kind = celsius === 2 || celsius === 8 ? "ring limit" : celsius % 2 === 0 ? "ring strong" : "ring";
    return `<circle class="${kind}" cx="300" cy="300" r="${radiusOf(celsius).toFixed(1)}"/>`;
  }).join("");
}

function hourLines(): string {
  return Array.from({ length: 48 }, (_, half) => {
    const samples = [0, 2.5, 5, 7.5, 10].map((celsius) => write(point(half / 2, celsius)));
    return `<path class="${half % 2 === 0 ? "ring strong" : "ring"}" d="M${samples.join("L")}"/>`;
  }).join("");
}

function labels(): string {
  const hours = Array.from({ length: 24 }, (_, hour) => {
    const clock = (hour + firstClockHour) % 24;
    const degrees = hour * 15 + penSwingDegrees;
    return `<text class="disc-hour" text-anchor="middle" transform="rotate(${degrees} 300 300) translate(300 29)">${String(clock).padStart(2, "0")}</text>`;
  });
  const degreesRow = [2, 4, 6, 8].map((celsius) => {
    const [x, y] = point(6, celsius);
    return `<text class="disc-degree" text-anchor="middle" x="${x.toFixed(0)}" y="${(y + 4).toFixed(0)}">${celsius}</text>`;
  });
  return hours.join("") + degreesRow.join("");
}

function hub(): string {
  return `<circle class="disc-hub" cx="300" cy="300" r="80"/><circle class="disc-hole" cx="300" cy="300" r="13"/>
<text class="disc-name" text-anchor="middle" x="300" y="266">Rimeway</text>
<text class="disc-small" text-anchor="middle" x="300" y="346">chart 0417</text><text class="disc-small" text-anchor="middle" x="300" y="361">°C, 24 hours</text>`;
}
