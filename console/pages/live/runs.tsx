import type { RunMark, StepMark } from "../../../api/console/contract.ts";
import { Icon, type IconName } from "../../parts/icons.tsx";
import { plural, runWord, stepWord } from "./words.ts";

/** In a row: which workflows the signal started, and how they stand. */
export function RunChips({ runs }: { runs: readonly RunMark[] }) {
  const [first] = runs;
  if (!first) return null;
  return runs.length === 1 ? (
    <span class={`run run-${first.status}`}>
      <StatusIcon status={first.status} />
      <span class="unseen">workflow </span>
      <span class="run-name">{first.workflow}</span>
      <span class="unseen">{runWord(first.status)}</span>
    </span>
  ) : (
    <span class={`run run-${worst(runs)}`}>
      <StatusIcon status={worst(runs)} />
      <span class="run-name">{plural(runs.length, "workflow")}</span>
      <span class="unseen">{runWord(worst(runs))}</span>
    </span>
  );
}

/** In the drawer: each run with its steps, as they happen. */
export function RunList({ runs }: { runs: readonly RunMark[] }) {
  return (
    <section class="runs" aria-label="Workflows that it started" aria-live="polite">
      {runs.map((run) => (
        <article key={run.runId}>
          <h3>
            {run.workflow}
            <span class={`run run-${run.status}`}>
              <StatusIcon status={run.status} />
              {runWord(run.status)}
            </span>
          </h3>
          {run.error !== null && <p class="run-error">{run.error}</p>}
          <ol>
            {run.steps.map((step) => (
              <li key={step.path} class={`run-${step.status}${step.path.includes(".") ? " inner" : ""}`}>
                <StatusIcon status={step.status} />
                <span>{stepWord(step.do)}</span>
                <span class="quiet">{runWord(step.status)}</span>
                {step.error !== null && step.error !== run.error && <span class="run-error">{step.error}</span>}
              </li>
            ))}
          </ol>
        </article>
      ))}
    </section>
  );
}

const icons: Record<RunMark["status"] | StepMark["status"], IconName> = {
  queued: "clock",
  running: "other",
  waiting: "clock",
  completed: "check",
  failed: "alert",
  stopped: "close",
  skipped: "close",
};

const StatusIcon = ({ status }: { status: RunMark["status"] | StepMark["status"] }) => <Icon name={icons[status]} />;

const order: readonly RunMark["status"][] = ["failed", "running", "queued", "waiting", "stopped", "completed"];

/** What of several runs needs eyes first. */
const worst = (runs: readonly RunMark[]): RunMark["status"] => order.find((status) => runs.some((run) => run.status === status)) ?? "completed";
