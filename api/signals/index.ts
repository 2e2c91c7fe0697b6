export { selectHours, selectRecent, selectSignals } from "./queries.ts";
export { signalRoutes } from "./routes.ts";
