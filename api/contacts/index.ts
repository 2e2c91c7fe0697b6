export { findContact } from "./queries.ts";
export { contactRoutes } from "./routes.ts";
export { ensureContact, type PersonFields } from "./service.ts";
export { showContacts } from "./show.ts";
