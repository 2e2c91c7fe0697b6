export { enrichmentRoutes } from "./routes.ts";
export { enrichedValues } from "./service.ts";
/** @public workflows call it. */
export { requestEnrichment } from "./service.ts";
