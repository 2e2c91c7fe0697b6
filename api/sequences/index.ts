export { endEnrollments } from "./enrollments.ts";
export { sequenceRoutes } from "./routes.ts";
