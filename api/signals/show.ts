import { selectByIds } from "../../store/by-ids.ts";
import type { Read, Write } from "../../store/store.ts";
import type { Signal } from "./contract.ts";
import { toSignal } from "./service.ts";

/** Signals as the API shows them, by id. */
export async function showSignals(db: Read | Write, workspaceId: string, ids: readonly string[]): Promise<Map<string, Signal>> {
  return new Map((await selectByIds(db, "signals", workspaceId, ids)).map((row) => [row.id, toSignal(row)]));
}
