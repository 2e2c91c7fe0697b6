import type { Outside, StepOf } from "./action.ts";
import { StepError } from "./step-error.ts";

/** Tells the team by one of the workspace's connectors. */
export const notify: Outside<StepOf<"notify">> = () => Promise.reject(new StepError("final", "Connectors are not part of this version."));
