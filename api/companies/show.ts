import { selectByIds } from "../../store/by-ids.ts";
import type { Read, Write } from "../../store/store.ts";
import type { Company } from "./contract.ts";
import { toCompany } from "./service.ts";

/** Companies as the API shows them, by id. */
export async function showCompanies(db: Read | Write, workspaceId: string, ids: readonly string[]): Promise<Map<string, Company>> {
  return new Map((await selectByIds(db, "companies", workspaceId, ids)).map((row) => [row.id, toCompany(row)]));
}
