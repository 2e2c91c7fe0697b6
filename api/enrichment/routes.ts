import { action, Reply, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import { getEnrichment, requestEnrichment } from "./service.ts";
import { getWaterfall, lookUp, putWaterfall } from "./waterfall.ts";

export const enrichmentRoutes = [
  action(contract.enrichContact, async ({ ctx, tx, params, body, refund, after, parts }) => {
    const { answer, queued } = await requestEnrichment(ctx, tx, params.id, body ?? { priority: "high", forceRefresh: false });
    if (queued) after(() => parts.wakeJobs());
    else refund(contract.enrichContact.credits);
    return new Reply(202, answer);
  }),
  route(contract.lookUp, async () => lookUp()),
  route(contract.getWaterfall, ({ ctx }) => getWaterfall(ctx)),
  action(contract.putWaterfall, ({ ctx, tx, body }) => putWaterfall(ctx, tx, body.fields)),
  route(contract.getEnrichment, ({ ctx, params }) => getEnrichment(ctx, params.contactId)),
];
