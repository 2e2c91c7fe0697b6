export { toContact } from "./fields.ts";
export { kindOf } from "./match-keys.ts";
export { addKey, findContact, updateRow } from "./queries.ts";
export { contactRoutes } from "./routes.ts";
export { indexContact, writeMissingKeys } from "./search-index.ts";
export { createContact, ensureContact, type PersonFields, resolveContact, updateContact } from "./service.ts";
export { showContacts } from "./show.ts";
export { setTags } from "./tags.ts";
