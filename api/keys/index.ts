export { createExposures, exposureAction, type ExposurePlace, type NoteExposure } from "./exposures.ts";
export { type ActiveKey, createKeyRing, type KeyRing } from "./key-ring.ts";
export { createKeyUses, type NoteUse } from "./key-uses.ts";
export { checkOrigin, headerKey, type KeySources, keyText, secretKeyMisplaced } from "./key-text.ts";
export { changeKeyOrigins, listKeyOrigins } from "./origins.ts";
export { insertAudit, listKeys, listWorkspaces, findWorkspace, selectAudit } from "./queries.ts";
export { keyRoutes } from "./routes.ts";
export { changePlan, createKey, createWorkspace, type NewKey, plans, revokeKey, rotateKey, rotationOverlapsMs } from "./service.ts";
