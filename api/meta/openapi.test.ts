import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { createSchemas } from "../../core/json-schema.ts";
import { checkAnswer } from "../../test/support/answers.ts";
import { allScopes } from "../../core/endpoint.ts";
import { startApi } from "../../test/support/api.ts";
import { publicEndpoints } from "../http/app.ts";
import { examplesOf, openapiOf } from "./openapi.ts";

const root = join(import.meta.dirname, "../..");
const endpoints = publicEndpoints();

/** What the public linter says of a document, by its strictest own rules. */
function lint(document: unknown): { ruleId: string; severity: string; message: string; location: { pointer?: string }[] }[] {
  const folder = mkdtempSync(join(tmpdir(), "owlbound-openapi-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "openapi.json"), JSON.stringify(document));
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
  const { stdout, stderr } = spawnSync(join(root, "node_modules/.bin/redocly"), ["lint", "openapi.json", "--extends=recommended-strict", "--format=json"], { cwd: folder, env, encoding: "utf8" });
  const report = JSON.parse(stdout || `{"problems":[{"message":${JSON.stringify(stderr)}}]}`) as { problems: ReturnType<typeof lint> };
  return report.problems;
}

describe("the OpenAPI document", () => {
  test("has no fault by a public linter's strictest rules", () => {
    expect(lint(openapiOf(endpoints, "https://app.owlbound.ai"))).toEqual([]);
  });

  test("would not pass with an example that its schema refuses", () => {
    const signals = endpoints.filter((e) => e.key === "signals.create").map((e) => ({ ...e, examples: [{ body: { type: "no such type" } }] }));
    expect(lint(openapiOf(signals, "https://app.owlbound.ai")).map(({ ruleId }) => ruleId)).toContain("no-invalid-media-type-examples");
  });

  test("names each operation once, with its scope, credits and every error that can follow", () => {
    const { paths } = openapiOf(endpoints, "https://app.owlbound.ai") as { paths: Record<string, Record<string, Record<string, unknown>>> };
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    expect(new Set(operations.map((o) => o["operationId"])).size).toBe(endpoints.length);
    const create = paths["/signals"]?.["post"] ?? {};
    expect(create).toMatchObject({ "x-scope": "signals:write", "x-credits": 1, tags: ["signals"], security: [{ apiKey: [] }, { bearer: [] }, { publishableKey: [] }] });
    expect(Object.keys(create["responses"] ?? {})).toEqual(["201", "400", "401", "402", "403", "404", "409", "413", "415", "429", "500", "503", "default"]);
    expect(create["parameters"]).toEqual([{ $ref: "#/components/parameters/DryRun" }, { $ref: "#/components/parameters/IdempotencyKey" }]);
    expect(operations.map((o) => [o["operationId"], o["deprecated"]]).filter(([, deprecated]) => deprecated)).toEqual([]);
  });

  test("shows samples that ask this server and no other, so that nobody's key goes elsewhere", () => {
    const { paths } = openapiOf(endpoints, "https://owlbound.acme.example") as { paths: Record<string, Record<string, { "x-codeSamples": { source: string }[] }>> };
    const samples = Object.values(paths).flatMap((methods) => Object.values(methods)).flatMap((operation) => operation["x-codeSamples"].map(({ source }) => source));
    expect(samples.filter((source) => !source.includes("https://owlbound.acme.example/api/v1"))).toEqual([]);
  });

  test("says of a file which types it may have, and nothing of an envelope", () => {
    const list = endpoints.map((e) => (e.key === "signals.list" ? { ...e, files: ["text/csv"] } : e));
    const document = openapiOf(list, "https://app.owlbound.ai");
    expect(document).toMatchObject({ paths: { "/signals": { get: { responses: { 200: { content: { "text/csv": { schema: { type: "string" } } } } } } } } });
    expect(lint(document)).toEqual([]);
  });

  test("holds a schema that refers to itself once, in the shared place", () => {
    type Step = { do: string; next?: Step[] };
    const Step: z.ZodType<Step> = z.lazy(() => z.strictObject({ do: z.string(), next: z.array(Step).optional() }));
    const schemas = createSchemas("#/components/schemas/");
    const shown = [schemas.of(Step, "sent", "make"), schemas.of(z.object({ steps: z.array(Step) }), "sent", "change")];
    expect(Object.keys(schemas.shared)).toEqual(["makePart0"]);
    expect(JSON.stringify([shown, schemas.shared]).match(/"\$ref":"[^"]*"/g)).toEqual(Array(3).fill('"$ref":"#/components/schemas/makePart0"'));
  });
});

test("the root, the inventory and OpenAPI say the same of every endpoint", async () => {
  const api = await startApi();
  const root_ = (await api.call("GET", "/v1", { key: null })).body.endpoints as Record<string, { path: string; method: string; scope: string | null }>;
  const { capabilities } = (await api.call("GET", "/v1/capabilities")).body.data as { capabilities: { id: string; path: string; method: string; scope: string | null; credits: number }[] };
  const { paths } = (await api.call("GET", "/v1/openapi.json", { key: null })).body;
  expect(capabilities.map(({ id }) => id.replace("api.", "")).toSorted()).toEqual(Object.keys(root_).toSorted());
  for (const { id, path, method, scope, credits } of capabilities) {
    expect(root_[id.replace("api.", "")]).toEqual({ path: `/api${path}`, method, scope });
    const operation = paths[path.replace("/v1", "").replaceAll(/:(\w+)/g, "{$1}") || "/"][method.toLowerCase()];
    expect([id, operation["x-credits"] ?? 0]).toEqual([id, credits]);
    if (scope !== null) expect([id, operation["x-scope"]]).toEqual([id, scope]);
  }
});

test("an answer that its endpoint does not declare fails the test that asked for it", () => {
  const accepted = (data: unknown, status = 202) => () => checkAnswer("POST", "/v1/engagement", status, { data });
  expect(accepted({ accepted: true })).not.toThrow();
  expect(accepted({})).toThrow("not as engagement.record declares");
  expect(accepted({ accepted: true, row_id: 7 })).toThrow("fields that engagement.record does not declare");
  expect(accepted({ accepted: true }, 200)).toThrow("does not declare");
});

describe("every example", () => {
  type Api = Awaited<ReturnType<typeof startAll>>;
  /** A server, asked by a key that may do everything. */
  async function startAll() {
    const api = await startApi();
    const { key } = await api.newKey({ scopes: [...allScopes] });
    const call = (method: string, path: string, init: Parameters<typeof api.call>[2] = {}) => api.call(method, path, { key, ...init });
    const made = async (path: string, body: unknown, name = "id"): Promise<string> => {
      const answer = await call("POST", `/v1${path}`, { body });
      expect(answer.status, `${path} ${JSON.stringify(answer.body)}`).toBeLessThan(300);
      return answer.body.data?.[name];
    };
    return { ...api, call, made };
  }

  const wf = async ({ made }: Api, steps: unknown[]) => {
    const id = await made("/workflows", { name: "By hand", trigger: { on: "manual" }, steps });
    return made(`/workflows/${id}/activate`, undefined);
  };
  const sequence = async ({ made }: Api) => {
    const id = await made("/sequences", { name: "Calls", steps: [{ type: "task", kind: "call", title: "Call them" }] });
    return made(`/sequences/${id}/activate`, undefined);
  };
  /** The first row that a list shows, once there is one: jobs make it. */
  const listed = async ({ call }: Api, path: string, rows: string): Promise<string> => {
    await expect.poll(async () => (await call("GET", `/v1${path}`)).body.data[rows]).not.toEqual([]);
    return (await call("GET", `/v1${path}`)).body.data[rows][0].id;
  };

  const contact = ({ made }: Api) => made("/identify", { visitorId: "visitor-of-ada", person: { email: "ada@analytical.example" } }, "contactId");
  /** What the reference's ids stand for. */
  const standIns: Record<string, (api: Api) => Promise<string>> = {
    "k97f...": contact,
    contact123: contact,
    "m12a...": ({ made }) => made("/identify", { visitorId: "visitor-of-charles", person: { email: "charles@analytical.example" } }, "contactId"),
    "p12f...": ({ made }) => made("/companies", { linkedInUrl: "https://www.linkedin.com/company/analytical" }, "companyId"),
    conn123: ({ made }) => made("/connectors", { integrationSlug: "slack", name: "Sales channel", config: { webhookUrl: "https://hooks.slack.example/T0/B0/x" } }),
    seq123: sequence,
    wf123: (api) => wf(api, [{ do: "tag", add: ["hot"] }]),
    "jd83...": async ({ made }) => {
      const criteria = [{ field: "contact.title", op: "contains", value: "VP", points: 100 }];
      const id = await made("/icp-profiles", { name: "Leaders", groups: [{ category: "role", max: 100, criteria }] });
      await made(`/icp-profiles/${id}/publish`, undefined);
      return id;
    },
    "e61b...": ({ made }) => made("/connectors", { integrationSlug: "http-enrichment", name: "Directory", config: { url: "https://directory.example/?email={{email}}", mapping: { title: "title" } } }),
    "n20d...": async (api) => api.made(`/sequences/${await sequence(api)}/enroll`, { contactId: await contact(api) }, "enrollmentId"),
    "t77c...": async ({ store, workspace }) => {
      await store.write((tx) => tx.insertInto("message_threads").values({ workspace_id: workspace.id, id: "t1", contact_id: "c1", channel: "email", connector_id: null, subject: "Hello", messages: 0, last_message_at: 1, created_at: 1 }).execute());
      return "t1";
    },
    "s41c...": ({ made }) => made("/signals", { type: "website_visit", data: { pageUrl: "/pricing" } }, "signalId"),
    "r58e...": async (api) => {
      await api.made(`/workflows/${await wf(api, [{ do: "tag", add: ["hot"] }])}/trigger`, { contactId: await contact(api) });
      return listed(api, `/workflows/${await listed(api, "/workflows", "workflows")}/runs?status=completed`, "runs");
    },
    "q93a...": async (api) => {
      await api.made(`/workflows/${await wf(api, [{ do: "task", title: "Call them" }])}/trigger`, { contactId: await contact(api) });
      return listed(api, "/tasks", "tasks");
    },
    "h30f...": ({ made }) => made("/webhooks", { url: "https://hooks.acme.example/owlbound", events: ["contact.created"] }),
    "i15c...": ({ made }) => made("/inbound-hooks", { name: "Form", preset: "form", verification: { mode: "standard" } }),
    "v44b...": ({ made }) => made("/views", { name: "VPs", where: { field: "contact.title", op: "contains", value: "VP" } }),
    "j57d...": ({ made }) => made("/keys", { type: "secret", name: "Report" }),
    "m70e...": async (api) => {
      const { id } = (await api.call("POST", "/v1/imports", { body: "email\njane@acme.example\n", headers: { "content-type": "text/csv" } })).body.data;
      await expect.poll(async () => (await api.call("GET", `/v1/imports/${id}`)).body.data.status).toBe("ready");
      return id;
    },
  };

  async function filled(api: Api, value: unknown): Promise<unknown> {
    let text = JSON.stringify(value ?? {});
    for (const [placeholder, make] of Object.entries(standIns)) {
      if (text.includes(`"${placeholder}"`)) text = text.replaceAll(`"${placeholder}"`, JSON.stringify(await make(api)));
    }
    return JSON.parse(text);
  }

  const cases = endpoints.flatMap((e) => examplesOf(e).map((example) => ({ name: `${e.method} ${e.path || "/"} ${JSON.stringify(example.body ?? example.query ?? {})}`, e, example })));

  test.each(cases)("works as written: $name", async ({ e, example }) => {
    const api = await startAll();
    const { params = {}, body } = (await filled(api, { params: example.params, body: example.body })) as { params?: Record<string, string>; body?: unknown };
    const path = e.path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? `missing-${name}`);
    const query = new URLSearchParams(Object.entries(example.query ?? {}).map(([name, value]) => [name, String(value)]));
    const answer = await api.call(e.method, `/api/v1${path}?${query}`, { ...(body === undefined ? {} : { body }), ...(e.access === "none" ? { key: null } : {}) });
    if (e.key === "enrichment.lookup") return void expect(answer.body.error.code, "as its description says of a workspace without a provider").toBe("NO_ENRICHMENT_PROVIDER");
    expect(Object.keys(e.answers).map(Number), JSON.stringify(answer.body)).toContain(answer.status);
  });

  test("is there wherever JSON has to be sent", () => {
    const needed = endpoints.filter((e) => e.body !== undefined && !e.body.safeParse(undefined).success);
    expect(needed.filter((e) => !examplesOf(e).some(({ body }) => body !== undefined)).map(({ key }) => key)).toEqual([]);
  });

  test("shows an answer as its endpoint declares it", () => {
    for (const { name, e, example } of cases) {
      if (example.answer === undefined) continue;
      const fits = Object.values(e.answers).some((answer) => answer.safeParse(example.answer).success);
      expect([name, fits]).toEqual([name, true]);
    }
  });
});
