export { bodiesOf } from "./bodies.ts";
export { eventRoutes } from "./routes.ts";
