export { workflowRoutes } from "./routes.ts";
export { showRuns, showWorkflows } from "./show.ts";
