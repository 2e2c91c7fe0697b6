export { findVisitor } from "./queries.ts";
export { type Identification, identify, type Linked } from "./service.ts";
