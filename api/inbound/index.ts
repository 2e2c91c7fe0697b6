export { inboundReplays, payloadKind } from "./jobs.ts";
export { type MappedRow, mapRow } from "./map.ts";
export { findHook, findPayload, noteSeen, savePayload } from "./queries.ts";
export { createInbound, inboundBytesMax } from "./receive.ts";
export { inboundRoutes } from "./routes.ts";
export { digestOf, rowsOf } from "./rows.ts";
export { upsertContact } from "./upsert.ts";
