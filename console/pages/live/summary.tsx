import type { Overview } from "../../../api/console/contract.ts";
import { DayChart } from "./day-chart.tsx";
import { figure } from "./words.ts";

/** The band on top: the last 24 hours in four figures and a chart. */
export function Summary({ today }: { today: Overview["today"] | undefined }) {
  const visits = today?.series.reduce((sum, hour) => sum + hour.visits, 0);
  const figures: [string, number | undefined, string][] = [
    ["Visits", visits, "visits"],
    ["Visitors", today?.visitors, "visitors"],
    ["Known people", today?.known, "known"],
    ["Downloads", today?.downloads, "downloads"],
  ];
  return (
    <section class="summary" aria-label="The last 24 hours">
      <div class="summary-in">
        <dl class="figures">
          {figures.map(([label, value, name]) => (
            <div key={name} class={`figure figure-${name}`}>
              <dt>{label}</dt>
              <dd>{value === undefined ? "–" : figure(value)}</dd>
            </div>
          ))}
        </dl>
        <DayChart series={today?.series ?? []} />
      </div>
    </section>
  );
}
