import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useNow } from "../../parts/use-now.ts";
import { clockTime, dayStart, type HourCount, hourSpan, hourTicks, todayOf } from "./hours.ts";
import { figure, plural } from "./words.ts";

const hourMs = 3_600_000;
const height = 92;
const top = 16;

/** Visits and downloads by hour, on the viewer's clock. The table below it holds the same figures. */
export function DayChart({ series }: { series: readonly HourCount[] }) {
  const [box, width] = useWidth();
  const [picked, setPicked] = useState<number | null>(null);
  // Only what was asked for by key is read out: a pointer's owner sees it.
  const [byKey, setByKey] = useState(false);
  const now = useNow(60_000);
  const from = series[0]?.at ?? 0;
  const to = (series.at(-1)?.at ?? 0) + hourMs;
  const ticks = useMemo(() => (series.length === 0 ? [] : hourTicks(from, to)), [from, to]);
  const midnight = useMemo(() => dayStart(now), [Math.floor(now / 60_000)]);
  const today = useMemo(() => todayOf(series, now), [series, midnight]);
  const most = Math.max(0, ...series.map((hour) => hour.visits + hour.downloads));
  const hour = picked === null ? undefined : series[picked];
  const share = (at: number) => (at - from) / (to - from);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (step === 0) return;
    event.preventDefault();
    setByKey(true);
    setPicked((i) => Math.min(series.length - 1, Math.max(0, (i ?? series.length - (step > 0 ? 1 : 0)) + step)));
  };
  const onPointerMove = (event: PointerEvent) => {
    const { left } = (event.currentTarget as Element).getBoundingClientRect();
    setByKey(false);
    if (width > 0) setPicked(Math.min(series.length - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * series.length))));
  };

  return (
    <figure class="chart">
      <figcaption class="chart-head">
        <span>{hour ? inWords(hour) : `${plural(today.visits, "visit")} today, since ${today.since === midnight ? "midnight" : clockTime(today.since)}`}</span>
        <span class="chart-key">
          <i class="key-visits" /> visits <i class="key-downloads" /> downloads
        </span>
      </figcaption>
      <span class="unseen" role="status">
        {hour && byKey ? inWords(hour) : ""}
      </span>
      <div
        class="plot"
        ref={box}
        tabIndex={0}
        role="img"
        aria-label={`Visits by hour over the last 24 hours. Most in one hour: ${figure(most)}. Arrow keys go through the hours; a table follows.`}
        onKeyDown={onKeyDown}
        onBlur={() => setPicked(null)}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setPicked(null)}
      >
        {width > 0 && series.length > 0 && <Bars series={series} width={width} most={most} picked={picked} midnight={midnight} />}
        {midnight > from && midnight < to && <i class="midnight" style={{ left: `${share(midnight) * 100}%` }} />}
      </div>
      <div class="ticks" aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick.at} class={tick.midnight ? "tick tick-midnight" : "tick"} style={{ left: `${share(tick.at) * 100}%` }}>
            {tick.midnight ? dayWord(tick.at) : tick.label}
          </span>
        ))}
      </div>
      <details class="chart-table">
        <summary>As a table</summary>
        <HourTable series={series} />
      </details>
    </figure>
  );
}

interface BarsProps {
  series: readonly HourCount[];
  width: number;
  most: number;
  picked: number | null;
  midnight: number;
}

function Bars({ series, width, most, picked, midnight }: BarsProps) {
  const slot = width / series.length;
  const gap = slot > 16 ? 3 : 1.5;
  // One visit alone is no peak of a busy day: small counts keep small bars.
  const scale = (height - top) / Math.max(4, most);
  const tall = (n: number) => (n === 0 ? 0 : Math.max(2, n * scale));
  const peak = series.findIndex((hour) => hour.visits + hour.downloads === most);
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {series.map((hour, i) => {
        const x = i * slot + gap / 2;
        const visits = tall(hour.visits);
        const downloads = tall(hour.downloads);
        const name = `bar${hour.at + hourMs <= midnight ? " bar-before" : ""}${picked === i ? " bar-picked" : ""}`;
        return (
          <g key={hour.at} class={name}>
            <rect class="bar-slot" x={i * slot} y="0" width={slot} height={height} />
            <rect class="bar-base" x={x} y={height - 1} width={slot - gap} height="1" />
            <rect class="bar-visits" x={x} y={height - visits} width={slot - gap} height={visits} />
            <rect class="bar-downloads" x={x} y={height - visits - downloads} width={slot - gap} height={downloads} />
          </g>
        );
      })}
      {most > 0 && (
        <text class="peak" x={Math.max(8, (peak + 0.5) * slot)} y={height - tall(most) - 5}>
          {figure(most)}
        </text>
      )}
    </svg>
  );
}

function HourTable({ series }: { series: readonly HourCount[] }) {
  return (
    <table>
      <caption class="unseen">Visits and downloads by hour, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Hour</th>
          <th scope="col">Visits</th>
          <th scope="col">Downloads</th>
        </tr>
      </thead>
      <tbody>
        {series.toReversed().map((hour) => (
          <tr key={hour.at}>
            <th scope="row">{hourSpan(hour.at)}</th>
            <td>{figure(hour.visits)}</td>
            <td>{figure(hour.downloads)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function inWords(hour: HourCount): string {
  return `${hourSpan(hour.at)}: ${plural(hour.visits, "visit")}${hour.downloads > 0 ? `, ${plural(hour.downloads, "download")}` : ""}`;
}

const dayWord = (at: number) => new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric" }).format(at);

function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return [box, width] as const;
}
