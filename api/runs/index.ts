export { backtestJob } from "./backtest-job.ts";
export { loadFacts, type RunFacts, signalOf } from "./facts.ts";
export { idempotencyKeyOf, inputOf, webhookData } from "./input.ts";
export { type Needs, needsOfSteps } from "./needs.ts";
export { changedAttributes, changedTags } from "./pretend.ts";
export { findRunStep, isPaused, lockActive, lockContact, lockRun, saveRunSteps, selectContactsById, selectSignalsById, updateRun } from "./queries.ts";
export { runRoutes } from "./routes.ts";
export { depthMax, runLeaseMs, type Start, startRuns } from "./start.ts";
export { type Active, createTriggers, type TriggerIndex, type Triggers } from "./triggers.ts";
