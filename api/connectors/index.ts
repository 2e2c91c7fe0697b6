export { callConnector } from "./call.ts";
export { type ConnectorCall, ConnectorError } from "./call-words.ts";
export { purgeConnectorCalls } from "./jobs.ts";
export { connectorRoutes } from "./routes.ts";
export { connectorsFor, createConnector } from "./service.ts";
