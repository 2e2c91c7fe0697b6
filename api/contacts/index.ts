export { findContact } from "./queries.ts";
export { contactRoutes } from "./routes.ts";
export { ensureContact, type PersonFields, toContact } from "./service.ts";
