import type { InstallProblem, InstallStatus, TagInfo } from "../../../api/console/contract.ts";
import { CopyLine } from "../../parts/copy.tsx";
import { Icon } from "../../parts/icons.tsx";
import { agoInWords, wholeTime } from "../../parts/time.ts";
import { useNow } from "../../parts/use-now.ts";
import { type Advice, adviceFor, silenceChecklist } from "./install-advice.ts";
import { plural } from "./words.ts";

interface InstallCheckProps {
  install: InstallStatus;
  tag: TagInfo | null;
  /** Whether the checklist for the case that nothing arrives is shown unfolded. */
  unfold: boolean;
}

/** Is it installed? Says so, or what is wrong and how to mend it. */
export function InstallCheck({ install, tag, unfold }: InstallCheckProps) {
  const now = useNow(1000);
  return (
    <section class={`panel install install-${install.state}`} aria-label="Is the tag installed?">
      <div role="status">
        <h2>
          {install.state === "waiting" ? <span class="waiting-mark" aria-hidden="true" /> : <Icon name={install.state === "receiving" ? "check" : "alert"} />}
          {headings[install.state]}
        </h2>
      </div>
      {install.state === "receiving" && <Receiving install={install} now={now} />}
      {install.state === "problem" && install.problems.map((problem) => <Problem key={`${problem.code} ${problem.origin} ${problem.key?.id}`} problem={problem} advice={adviceFor(problem, tag)} now={now} />)}
      {install.state !== "receiving" && <Checklist tag={tag} open={unfold && install.state === "waiting"} />}
    </section>
  );
}

const headings: Record<InstallStatus["state"], string> = {
  receiving: "The tag works",
  problem: "Signals are being refused",
  waiting: "Waiting for the tag's first signal",
};

function Receiving({ install, now }: { install: InstallStatus; now: number }) {
  return (
    <p class="quiet">
      {install.lastSignalAt !== null && `Last signal ${agoInWords(install.lastSignalAt, now)}. `}
      {install.firstSignalAt !== null && <span title={wholeTime(install.firstSignalAt)}>{`First one ${agoInWords(install.firstSignalAt, now)}.`}</span>}
    </p>
  );
}

function Problem({ problem, advice, now }: { problem: InstallProblem; advice: Advice; now: number }) {
  return (
    <div class="problem">
      <h3>{advice.title}</h3>
      <p>{advice.text}</p>
      {advice.paste !== undefined && <CopyLine text={advice.paste} label={`Copy the fix: ${advice.title}`} />}
      <p class="quiet">{`${plural(problem.count, "request")} refused, the last ${agoInWords(problem.at, now)} (${problem.code})`}</p>
    </div>
  );
}

/** What to look at when nothing arrives at all: then the server can't know why. */
function Checklist({ tag, open }: { tag: TagInfo | null; open: boolean }) {
  return (
    <details class="checklist" open={open}>
      <summary>Nothing arrives? Five things to look at</summary>
      <ol>
        {silenceChecklist(tag).map((point) => (
          <li key={point.title}>
            <strong>{point.title}</strong> {point.text}
            {point.paste !== undefined && <CopyLine text={point.paste} label={`Copy: ${point.title}`} />}
          </li>
        ))}
      </ol>
    </details>
  );
}
