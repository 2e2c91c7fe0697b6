export { selectHours, selectRecent, selectSignals } from "./queries.ts";
export { signalRoutes } from "./routes.ts";
export { showSignals } from "./show.ts";
/** @public connectors call it. */
export { recordSocialSignal } from "./social.ts";
