export { companyDomain, emailDomain } from "./domains.ts";
export { companyIdFor, companyIdsFor, findSaid, makeCompany, saidCompany } from "./match.ts";
export { findCompany } from "./queries.ts";
export { companyRoutes } from "./routes.ts";
export { showCompanies } from "./show.ts";
