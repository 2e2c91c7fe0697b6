export { type Identification, identify, type Linked } from "./service.ts";
