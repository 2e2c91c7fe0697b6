export type { ContactInput, ContactPatch } from "./contract.ts";
export { createContacts } from "./many.ts";
export { findContact, selectSame } from "./queries.ts";
export { contactRoutes } from "./routes.ts";
export { createContact, ensureContact, type PersonFields, updateContact } from "./service.ts";
export { showContacts } from "./show.ts";
