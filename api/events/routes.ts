import { route } from "../http/context.ts";
import * as contract from "./contract.ts";
import * as service from "./service.ts";

export const eventRoutes = [
  route(contract.listEvents, ({ ctx, cursors, query }) => service.listEvents(ctx, cursors, query)),
  route(contract.listEventKinds, () => service.listEventKinds()),
];
