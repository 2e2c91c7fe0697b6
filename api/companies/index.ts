export { findCompany } from "./queries.ts";
export { companyRoutes } from "./routes.ts";
export { companyIdFor } from "./service.ts";
export { showCompanies } from "./show.ts";
