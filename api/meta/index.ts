export { apiVersion } from "./contract.ts";
export { metaRoutes } from "./routes.ts";
