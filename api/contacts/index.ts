export { findContact } from "./queries.ts";
export { contactRoutes } from "./routes.ts";
export { createContact, ensureContact, type PersonFields, updateContact } from "./service.ts";
export { showContacts } from "./show.ts";
