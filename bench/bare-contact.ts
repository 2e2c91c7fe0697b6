/**
 * What GET /contacts/:id is compared with: Fastify alone, which answers the same bytes from memory, with no key, no checks and no store.
 * `node bench/bare-contact.ts FILE`, a JSON object of id → answer.
 */
import { readFileSync } from "node:fs";
import Fastify from "fastify";

const answers = new Map(Object.entries(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Record<string, string>));
const app = Fastify({ logger: false, keepAliveTimeout: 65_000 });

app.get<{ Params: { id: string } }>("/v1/contacts/:id", (request, reply) => {
  const answer = answers.get(request.params.id);
  return answer === undefined ? reply.code(404).send() : reply.type("application/json; charset=utf-8").send(answer);
});

process.stdout.write(`bare-contact is ready on ${await app.listen({ host: "127.0.0.1", port: 0 })}\n`);
process.on("SIGTERM", () => process.exit(0));
