export { findContact } from "./queries.ts";
export { ensureContact, type PersonFields } from "./service.ts";
