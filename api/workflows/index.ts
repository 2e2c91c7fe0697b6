export type { Definition, PlainStep, Step, Trigger } from "./contract.ts";
export { findMark, selectActive } from "./queries.ts";
export { workflowRoutes } from "./routes.ts";
export { nextRunAt } from "./schedule.ts";
export { createWorkflow, definitionOf, getWorkflowRow, setWorkflowStatus } from "./service.ts";
export { showWorkflows } from "./show.ts";
export { signatureOf, signingSecrets } from "./signing.ts";
export { pathAfter, pathInto, sameWay, stepAt } from "./steps.ts";
export { renderLine, renderTemplate } from "./templates.ts";
