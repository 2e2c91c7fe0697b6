export { mountConsole } from "./routes.ts";
export { type TagFiles, tagOf } from "./service.ts";
export { createSetupToken } from "./sessions.ts";
