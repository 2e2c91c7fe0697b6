export { toContact } from "./fields.ts";
export { kindOf } from "./match-keys.ts";
export { addKey, findContact, updateRow } from "./queries.ts";
export { contactRoutes } from "./routes.ts";
export { indexContact, writeMissingKeys } from "./search-index.ts";
export { ensureContact, type PersonFields, resolveContact } from "./service.ts";
