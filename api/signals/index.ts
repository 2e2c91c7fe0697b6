export { type SignalPage, selectHours, selectSignals } from "./queries.ts";
export { signalRoutes } from "./routes.ts";
export { toSignal } from "./service.ts";
