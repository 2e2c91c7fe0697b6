export { findCompany } from "./queries.ts";
export { companyRoutes } from "./routes.ts";
export { companyIdFor, companyIdsFor } from "./service.ts";
export { showCompanies } from "./show.ts";
