export { readClick, signClick } from "./click-token.ts";
export { linkSessionCompany, type NetworkCompany } from "./company.ts";
export { type Identification, identify, type Linked } from "./service.ts";
