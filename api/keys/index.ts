export { type ActiveKey, createKeyRing, type KeyRing } from "./key-ring.ts";
export { insertAudit, listKeys, listWorkspaces, findWorkspace } from "./queries.ts";
export { createKey, createWorkspace, plans, revokeKey, rotateKey, rotationOverlapsMs } from "./service.ts";
