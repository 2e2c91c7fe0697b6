export type { ContactInput, ContactPatch } from "./contract.ts";
export { toContact } from "./fields.ts";
export { createNewContacts } from "./many.ts";
export { kindOf } from "./match-keys.ts";
export { addKey, findContact, selectSame, updateRow } from "./queries.ts";
export { contactRoutes } from "./routes.ts";
export { indexContact, writeMissingKeys } from "./search-index.ts";
export { createContact, ensureContact, type PersonFields, resolveContact, updateContact } from "./service.ts";
export { showContacts } from "./show.ts";
