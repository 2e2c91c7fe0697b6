import { action, type Call, route, type Route } from "../http/context.ts";
import * as contract from "./contract.ts";
import * as manage from "./manage.ts";

/** A change of keys holds from this process's next request, and shows on open screens; other processes see it in the store. */
function changed({ parts, key, after }: Pick<Call, "parts" | "key"> & { after(effect: () => void): void }): void {
  after(() => {
    parts.keys.forget();
    parts.news.tell(key.workspace.id);
  });
}

export const keyRoutes: Route[] = [
  route(contract.listKeys, ({ ctx, cursors, query }) => manage.listKeys(ctx, cursors, query)),
  action(contract.createKey, ({ ctx, tx, body }) => manage.createKey(ctx, tx, body)),
  route(contract.getKeyById, ({ ctx, params }) => manage.getKey(ctx, params.id)),
  action(contract.updateKey, (call) => {
    changed(call);
    return manage.updateKey(call.ctx, call.tx, call.params.id, call.body);
  }),
  action(contract.rotateKey, (call) => {
    changed(call);
    return manage.rotateKey(call.ctx, call.tx, call.params.id, call.body);
  }),
  action(contract.revokeKey, (call) => {
    changed(call);
    return manage.revokeKey(call.ctx, call.tx, call.params.id);
  }),
];
