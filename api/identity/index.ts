export { type Identification, identify, type Linked, onIdentified } from "./service.ts";
