export { findContact, findContactByEmail } from "./queries.ts";
export { ensureContact, type PersonFields } from "./service.ts";
