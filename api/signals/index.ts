export { selectHours, selectSignals } from "./queries.ts";
export { signalRoutes } from "./routes.ts";
export { showSignals } from "./show.ts";
