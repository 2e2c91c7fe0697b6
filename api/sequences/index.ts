export { endEnrollments, enroll } from "./enrollments.ts";
export { sequenceRoutes } from "./routes.ts";
export { checkDomains } from "./service.ts";
export { showEnrollments, showSequences } from "./show.ts";
