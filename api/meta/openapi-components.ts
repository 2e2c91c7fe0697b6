import { errorSchema } from "./openapi-errors.ts";

const text = { type: "string" };
const count = { type: "integer" };

/** What all operations share; schemas and error answers are added to it. */
export const components = {
  securitySchemes: {
    apiKey: { type: "apiKey", in: "header", name: "X-API-Key", description: "A secret key (`gtm_sk_…`), or at the collector's endpoints a publishable one (`gtm_pk_…`)." },
    bearer: { type: "http", scheme: "bearer", description: "The same keys as `Authorization: Bearer`." },
    publishableKey: { type: "apiKey", in: "query", name: "key", description: "Publishable keys only, where no header can be set. A secret key is never read from a URL." },
  },
  schemas: {
    Error: errorSchema,
    Meta: {
      type: "object",
      required: ["requestId", "credits"],
      properties: {
        requestId: text,
        credits: { type: "object", required: ["used"], properties: { used: { ...count, description: "What this call cost; 0 for a replay." } } },
        dryRun: { type: "boolean", description: "True where nothing was changed because `dry_run` asked so." },
      },
    },
  },
  parameters: {
    DryRun: { name: "dry_run", in: "query", description: "Check and answer as usual, change nothing, cost nothing.", schema: { type: "string", enum: ["true", "false", "1", "0"], default: "false" } },
    IdempotencyKey: {
      name: "Idempotency-Key",
      in: "header",
      description: "Any text of your choice, new for each new intent. The same request with the same key within 24 hours has one effect and is answered alike.",
      schema: text,
      example: "0f8fad5b-d9cb-469f-a165-70867728950e",
    },
  },
  headers: {
    "X-Request-Id": { description: "Names this request; quote it when you ask for help.", schema: text, example: "req_abc123def456" },
    "X-RateLimit-Limit": { description: "Requests allowed in the window that has the least left. These headers are absent on plans without limits.", schema: count, example: 60 },
    "X-RateLimit-Remaining": { description: "Requests left in it.", schema: count, example: 58 },
    "X-RateLimit-Reset": { description: "When it is free again, epoch seconds.", schema: count, example: 1_705_312_200 },
    RateLimit: { description: "The same by the IETF draft.", schema: text },
    "RateLimit-Policy": { description: "All windows of the plan by the IETF draft.", schema: text },
    "Retry-After": { description: "Whole seconds; a request sent then succeeds.", schema: { ...count, minimum: 1 }, example: 12 },
    "Idempotent-Replayed": { description: "`true` on the stored answer of an earlier request with this Idempotency-Key.", schema: { type: "string", const: "true" } },
  },
};
