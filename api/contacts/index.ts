export { findContact } from "./queries.ts";
export { contactRoutes } from "./routes.ts";
export { ensureContact, type PersonFields, updateContact } from "./service.ts";
