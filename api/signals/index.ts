export { selectHours, selectSignals } from "./queries.ts";
export { signalRoutes } from "./routes.ts";
