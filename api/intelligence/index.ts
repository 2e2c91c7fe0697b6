export { intelligenceRoutes } from "./routes.ts";
