import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Store } from "./store.ts";
import type { Plan } from "./tables.ts";

export interface Workspace {
  id: string;
  name: string;
  plan: Plan;
  status: string;
}

/** Who acts: an API key, the console's person, or the machine itself. */
export interface Actor {
  kind: "key" | "console" | "cli" | "system";
  id: string;
}

/** Passed to every verb. */
export interface Ctx {
  workspace: Workspace;
  actor: Actor;
  store: Store;
  clock: Clock;
  log: Log;
  /** Of what a workflow's run does: how many runs led here. Its events carry it, so that workflows can't start each other for ever. */
  depth?: number;
}
