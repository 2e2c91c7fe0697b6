export { findLatestJob } from "./queries.ts";
export { enrichmentRoutes } from "./routes.ts";
export { enrichedValues } from "./service.ts";
export { requestEnrichment } from "./service.ts";
