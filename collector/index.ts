export { buildSignal } from "./build-signal.ts";
export { createDailyCap } from "./daily-cap.ts";
export { openNetworkDatabases } from "./network-database.ts";
export { createNetworkLookup } from "./network-lookup.ts";
export { createProblems } from "./problems.ts";
export { type CollectorParts, collectorRoutes, type Incoming, receive } from "./receive.ts";
export { createReverseDns } from "./reverse-dns.ts";
export { createSalts } from "./salts.ts";
