import type { Cursors } from "../../core/cursor.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import type { AuditFilter } from "./contract.ts";
import { selectEntries } from "./queries.ts";

export async function listAudit(ctx: Ctx, cursors: Cursors, { limit, cursor, ...filter }: AuditFilter) {
  const bound = [ctx.workspace.id, "audit", filter.action, filter.actor, filter.from, filter.to];
  const before = cursor === undefined ? undefined : String(cursors.read(cursor, bound)[0]);
  const rows = await selectEntries(ctx.store.slow, { workspaceId: ctx.workspace.id, limit: limit + 1, before, ...filter });
  const { page, ...more } = pageOf(rows, limit, (last) => cursors.make([last.id], bound));
  const entries = page.map(({ id, at, actor, action, detail }) => ({ id, at, actor, action, detail: JSON.parse(detail) as Record<string, unknown> }));
  return { entries, ...more };
}
