export { exclusionRoutes } from "./routes.ts";
