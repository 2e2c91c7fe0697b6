import type { Store } from "../../store/store.ts";
import { action, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import { listDuplicates } from "./duplicates.ts";
import { mergeContacts } from "./service.ts";
import { undoMerge } from "./undo.ts";

/** Signals that come next belong to the visitors' person as of now. */
const forget = (store: Store, workspaceId: string, visitorIds: readonly string[]) => () => {
  for (const id of visitorIds) store.forgetVisitor(workspaceId, id);
};

export const mergeRoutes = [
  route(contract.listDuplicates, ({ ctx, cursors, query }) => listDuplicates(ctx, cursors, query)),
  action(contract.mergeContacts, async ({ ctx, tx, body, after }) => {
    const { answer, visitorIds } = await mergeContacts(ctx, tx, body.survivorId ?? body.winnerId ?? "", body.loserIds);
    after(forget(ctx.store, ctx.workspace.id, visitorIds));
    return answer;
  }),
  action(contract.undoMerge, async ({ ctx, tx, params, after }) => {
    const { answer, visitorIds } = await undoMerge(ctx, tx, params.id);
    after(forget(ctx.store, ctx.workspace.id, visitorIds));
    return answer;
  }),
];
