export { linkSessionCompany, type NetworkCompany } from "./company.ts";
export { readClick } from "./click-token.ts";
/** @internal used by tests, and by the engines that come next. */
export { signClick } from "./click-token.ts";
export { type Identification, identify, type Linked } from "./service.ts";
