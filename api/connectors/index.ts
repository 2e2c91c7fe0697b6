export { callConnector, type CallParts } from "./call.ts";
export { type CallResult, type ConnectorCall, ConnectorError, type ConnectorErrorKind, type Mail, type Person, type ResultOf } from "./call-words.ts";
export { purgeConnectorCalls } from "./jobs.ts";
export { connectorRoutes } from "./routes.ts";
