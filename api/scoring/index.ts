export { refreshActivity } from "./jobs.ts";
export { scoringRoutes } from "./routes.ts";
export { latestScores } from "./service.ts";
/** @public workflows call it. */
export { scoreContact } from "./service.ts";
