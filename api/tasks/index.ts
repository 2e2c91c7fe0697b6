export { taskRoutes } from "./routes.ts";
export { createTask } from "./service.ts";
