import { action, Reply, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import { analyzeWebsite, getAnalysis } from "./service.ts";

export const intelligenceRoutes = [
  action(contract.analyzeWebsite, async ({ ctx, tx, body, refund, after, parts }) => {
    const { answer, queued } = await analyzeWebsite(ctx, tx, parts.outbound, body);
    if (queued) after(() => parts.wakeJobs());
    else refund(contract.analyzeWebsite.credits);
    return new Reply(202, answer);
  }),
  route(contract.getAnalysis, ({ ctx, params }) => getAnalysis(ctx, params.id)),
];
