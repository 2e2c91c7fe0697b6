import { route } from "../http/context.ts";
import * as contract from "./contract.ts";
import { getTimeline } from "./service.ts";
import { explainContact } from "./why.ts";

export const timelineRoutes = [
  route(contract.getTimeline, ({ ctx, cursors, params, query }) => getTimeline(ctx, cursors, params.id, query)),
  route(contract.explainContact, ({ ctx, params }) => explainContact(ctx, params.id)),
];
