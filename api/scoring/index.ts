export { refreshActivity } from "./jobs.ts";
export { scoringRoutes } from "./routes.ts";
export { latestScores } from "./service.ts";
export { scoreContact } from "./service.ts";
