/**
 * What the ingest is compared with: Fastify and zod alone. It reads the same body with the same schema and answers the
 * same small JSON, with no key, no checks and no store. `node bench/baseline.ts`
 */
import Fastify from "fastify";
import { SignalInput } from "../collector/contract.ts";

const app = Fastify({ logger: false, keepAliveTimeout: 65_000 });

app.post("/v1/signals", (request, reply) => {
  const body: unknown = typeof request.body === "string" ? JSON.parse(request.body) : request.body;
  const input = SignalInput.parse(body);
  return reply.code(201).send({ data: { signalId: input.messageId }, meta: { requestId: request.id, credits: { used: 1 } } });
});

process.stdout.write(`baseline is ready on ${await app.listen({ host: "127.0.0.1", port: 0 })}\n`);
process.on("SIGTERM", () => process.exit(0));
