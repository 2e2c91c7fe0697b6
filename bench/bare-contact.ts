/**
 * What GET /contacts/:id is compared with: Fastify alone, with no key, no limits, no ledger and no checks.
 * `node bench/bare-contact.ts FILE`, a JSON object of id → answer, answers those bytes from memory at /v1/contacts/:id.
 * With `DATABASE WORKSPACE` after it, /read/contacts/:id makes its answer of the same reads, by statements that stay prepared.
 */
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import Fastify from "fastify";

const [file = "", database, workspaceId = ""] = process.argv.slice(2);
const answers = new Map(Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>));
const app = Fastify({ logger: false, keepAliveTimeout: 65_000 });

app.get<{ Params: { id: string } }>("/v1/contacts/:id", (request, reply) => {
  const answer = answers.get(request.params.id);
  return answer === undefined ? reply.code(404).send() : reply.type("application/json; charset=utf-8").send(answer);
});

if (database !== undefined) {
  const db = new Database(database, { readonly: true });
  const of = (table: string, by: string, more = "") => db.prepare<[string, unknown], Record<string, unknown>>(`SELECT * FROM ${table} WHERE workspace_id = +? AND ${by} = +? ${more}`);
  const contact = of("contacts", "id");
  const company = of("companies", "id");
  const values = of("enrichment_values", "contact_id");
  const scores = of("contact_scores", "contact_id", "ORDER BY id DESC LIMIT 20");
  const signals = of("signals", "contact_id", "AND bot IS NULL ORDER BY id DESC LIMIT 10");
  app.get<{ Params: { id: string } }>("/read/contacts/:id", (request, reply) => {
    const { id } = request.params;
    const row = contact.get(workspaceId, id);
    if (!row) return reply.code(404).send();
    const data = {
      ...row, tags: JSON.parse(String(row["tags"])) as unknown, attributes: JSON.parse(String(row["attributes"])) as unknown,
      company: row["company_id"] === null ? null : company.get(workspaceId, row["company_id"]), enrichment: values.all(workspaceId, id), scores: scores.all(workspaceId, id),
      recentSignals: signals.all(workspaceId, id).map(({ id: signalId, type, priority, source, received_at, data: text }) => ({ id: signalId, type, priority, source, receivedAt: received_at, data: JSON.parse(String(text)) as unknown })),
    };
    return reply.type("application/json; charset=utf-8").send(JSON.stringify({ data, meta: {} }));
  });
}

process.stdout.write(`bare-contact is ready on ${await app.listen({ host: "127.0.0.1", port: 0 })}\n`);
process.on("SIGTERM", () => process.exit(0));
