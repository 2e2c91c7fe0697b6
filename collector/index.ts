export { buildSignal } from "./build-signal.ts";
export { createDailyCap } from "./daily-cap.ts";
export { createProblems } from "./problems.ts";
export { type CollectorParts, collectorRoutes, type Incoming, receive } from "./receive.ts";
export { createSalts } from "./salts.ts";
