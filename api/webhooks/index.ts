export { webhookDeliveries } from "./fan-out.ts";
export { webhookReplays } from "./jobs.ts";
export { claimDeliveries, type Lane, nextDueLane } from "./lanes.ts";
export { selectUnwell } from "./queries.ts";
export { webhookRoutes } from "./routes.ts";
export { sendDelivery } from "./send.ts";
export { createSignalEvents } from "./signal-events.ts";
