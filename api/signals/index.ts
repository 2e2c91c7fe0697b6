export { selectHours, selectSignals } from "./queries.ts";
export { signalRoutes } from "./routes.ts";
/** @public connectors call it. */
export { recordSocialSignal } from "./social.ts";
