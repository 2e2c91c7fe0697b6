export { mountConsole } from "./routes.ts";
export type { TagFiles } from "./service.ts";
export { createSetupToken } from "./sessions.ts";
