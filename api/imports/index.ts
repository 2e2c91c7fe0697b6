export { importJob, purgeImports } from "./jobs.ts";
export { importRoutes } from "./routes.ts";
