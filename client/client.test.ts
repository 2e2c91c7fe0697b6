import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { publicEndpoints } from "../api/http/app.ts";
import { defaultScopes } from "../core/endpoint.ts";
import { startApi, visit } from "../test/support/api.ts";
import { tableOf } from "./build.ts";
import { clientOf, type Untyped } from "./client.ts";
import { OwlboundError } from "./error.ts";
import type { AnswerInfo, ClientOptions, Pages } from "./types.ts";
import { retryAfterOf, retryWaitMs } from "./wait.ts";

const table = tableOf(publicEndpoints());
const key = "gtm_sk_test";

interface Seen {
  at: number;
  method: string;
  url: string;
  idempotencyKey: string | undefined;
  body: string;
}

type Misbehave = (request: IncomingMessage, response: ServerResponse, attempt: number) => void;

/** A server that does as it is told, and what it saw. */
async function startBad(behave: Misbehave) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      seen.push({ at: performance.now(), method: request.method ?? "", url: request.url ?? "", idempotencyKey: request.headers["idempotency-key"]?.toString(), body });
      behave(request, response, seen.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const answer = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
const refuse = (response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}) =>
  answer(response, status, { error: { code, message: code, requestId: "req_1" } }, headers);
const stored = (response: ServerResponse) => answer(response, 201, { data: { signalId: "s1" }, meta: { requestId: "req_2", credits: { used: 1 } } });

const clientAt = (baseUrl: string, more: Partial<ClientOptions> = {}): Untyped => clientOf(table, { apiKey: key, baseUrl, ...more });
const at = (client: Untyped, name: string) => name.split(".").reduce<Untyped>((within, part) => within[part] ?? {}, client) as Untyped[string];
const create = (client: Untyped, ...more: unknown[]) => at(client, "signals.create")(visit(), ...more);
const failure = async (promise: Promise<unknown>): Promise<OwlboundError> => {
  const error = await promise.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OwlboundError);
  return error as OwlboundError;
};

describe("what may pass is tried again", () => {
  test.each([
    [429, "RATE_LIMIT_EXCEEDED"],
    [503, "STORE_UNAVAILABLE"],
  ])("after a %i, not before its Retry-After, with the same idempotency key and body", async (status, code) => {
    const bad = await startBad((_request, response, attempt) => (attempt === 1 ? refuse(response, status, code, { "retry-after": "1" }) : stored(response)));
    const answers: AnswerInfo[] = [];
    expect(await create(clientAt(bad.url, { onAnswer: (info) => answers.push(info) }))).toEqual({ signalId: "s1" });
    const [first, second] = bad.seen;
    expect(bad.seen).toHaveLength(2);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1000);
    expect(first?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    expect([second?.idempotencyKey, second?.body]).toEqual([first?.idempotencyKey, first?.body]);
    expect(answers).toMatchObject([{ endpoint: "signals.create", status: 201, requestId: "req_2", creditsUsed: 1, attempts: 2, replayed: false }]);
  });

  test.each<[string, Misbehave]>([
    ["a connection that is torn", (request) => request.socket.destroy()],
    ["an answer that is cut off", (request, response) => (response.writeHead(201, { "content-type": "application/json", "content-length": "100" }), response.write('{"data":'), setImmediate(() => request.socket.destroy()))],
    ["half an answer", (_request, response) => void response.writeHead(201, { "content-type": "application/json" }).end('{"data":')],
    ["a proxy's page", (_request, response) => void response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>")],
    ["a first attempt still running", (_request, response) => refuse(response, 409, "IDEMPOTENCY_IN_PROGRESS")],
  ])("after %s", async (_what, behave) => {
    const bad = await startBad((request, response, attempt) => (attempt === 1 ? behave(request, response, attempt) : stored(response)));
    expect(await create(clientAt(bad.url))).toEqual({ signalId: "s1" });
    expect(new Set(bad.seen.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });

  test("after a timeout of one attempt", async () => {
    const bad = await startBad((_request, response, attempt) => void (attempt === 2 && stored(response)));
    expect(await create(clientAt(bad.url, { timeoutMs: 300 }))).toEqual({ signalId: "s1" });
    expect(bad.seen).toHaveLength(2);
  });

  test("so often and no more", async () => {
    const bad = await startBad((_request, response) => refuse(response, 503, "STORE_UNAVAILABLE"));
    expect(await failure(create(clientAt(bad.url, { retriesMax: 1 })))).toMatchObject({ code: "STORE_UNAVAILABLE", status: 503, attempts: 2, requestId: "req_1" });
    expect(bad.seen).toHaveLength(2);
    expect((await failure(create(clientAt(bad.url), { retriesMax: 0 }))).attempts).toBe(1);
  });

  test("and a wait longer than the caller's patience is not begun", async () => {
    const bad = await startBad((_request, response) => refuse(response, 429, "RATE_LIMIT_EXCEEDED", { "retry-after": "3600" }));
    expect(await failure(create(clientAt(bad.url)))).toMatchObject({ code: "RATE_LIMIT_EXCEEDED", retryAfterS: 3600, attempts: 1 });
  });

  test.each([400, 401, 403, 404, 409, 500])("and a %i is not", async (status) => {
    const bad = await startBad((_request, response) => refuse(response, status, "SOME_CODE"));
    expect(await failure(create(clientAt(bad.url)))).toMatchObject({ code: "SOME_CODE", status, attempts: 1 });
  });

  test("the wait is what the server says or half a second, doubling up to eight, never less than half of it", () => {
    for (const random of [() => 0, () => 0.999]) {
      expect(retryWaitMs(1, 7, random)).toBeGreaterThanOrEqual(7000);
      expect(retryWaitMs(1, 7, random)).toBeLessThan(8000);
      for (const [attempt, most] of [[1, 500], [2, 1000], [5, 8000], [50, 8000]] as const) {
        expect(retryWaitMs(attempt, undefined, random)).toBeGreaterThanOrEqual(most / 2);
        expect(retryWaitMs(attempt, undefined, random)).toBeLessThanOrEqual(most);
      }
    }
    expect(retryAfterOf("12")).toBe(12);
    expect(retryAfterOf(new Date(90_000).toUTCString(), 30_000)).toBe(60);
    expect([retryAfterOf(null), retryAfterOf("soon")]).toEqual([undefined, undefined]);
  });
});

describe("a call ends", () => {
  test("with its signal's reason, while it waits to try again as well as while it is asked", async () => {
    for (const behave of [(response: ServerResponse) => refuse(response, 429, "RATE_LIMIT_EXCEEDED", { "retry-after": "30" }), () => undefined]) {
      const bad = await startBad((_request, response) => behave(response));
      const ending = new AbortController();
      const call = create(clientAt(bad.url), { signal: ending.signal });
      await expect.poll(() => bad.seen.length).toBe(1);
      ending.abort(new Error("enough"));
      await expect(call).rejects.toThrow("enough");
    }
  });

  test("before it was sent, when its signal was aborted already", async () => {
    const bad = await startBad((_request, response) => stored(response));
    await expect(create(clientAt(bad.url), { signal: AbortSignal.abort(new Error("never mind")) })).rejects.toThrow("never mind");
    expect(bad.seen).toEqual([]);
  });

  test("at a redirect: the key does not follow", async () => {
    const elsewhere = await startBad((_request, response) => stored(response));
    const bad = await startBad((_request, response) => void response.writeHead(307, { location: elsewhere.url }).end());
    expect((await failure(create(clientAt(bad.url)))).code).toBe("REDIRECTED");
    expect([bad.seen.length, elsewhere.seen.length]).toEqual([1, 0]);
  });

  test("with NETWORK_ERROR where nobody answers, TIMEOUT where nobody does in time", async () => {
    expect((await failure(create(clientAt("http://127.0.0.1:1"), { retriesMax: 0 }))).code).toBe("NETWORK_ERROR");
    const bad = await startBad(() => undefined);
    expect((await failure(create(clientAt(bad.url), { retriesMax: 0, timeoutMs: 100 }))).code).toBe("TIMEOUT");
  });
});

test("options that can't work are refused with their fix", () => {
  expect(() => clientAt("app.owlbound.ai")).toThrow("is no URL");
  expect(() => clientOf(table, { apiKey: "" })).toThrow("createClient needs an apiKey");
  expect(() => at(clientAt("https://x"), "signals.get")("")).toThrow("signals.get needs id");
});

describe("against the real server", () => {
  async function startReal() {
    const api = await startApi();
    const answers: AnswerInfo[] = [];
    const client = clientOf(table, { apiKey: api.secret.key, baseUrl: `${api.url}/api/v1`, onAnswer: (info) => answers.push(info) });
    return { api, client, answers };
  }
  const rows = (api: Awaited<ReturnType<typeof startApi>>) => api.store.read.selectFrom("signals").selectAll().execute();

  test("a write whose first answer was lost is done once", async () => {
    const { api, answers } = await startReal();
    let lost = 0;
    const losing: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (lost++ > 0) return response;
      await response.text();
      throw new TypeError("the connection was lost after the server had answered");
    };
    const client = clientOf(table, { apiKey: api.secret.key, baseUrl: `${api.url}/v1`, fetch: losing, onAnswer: (info) => answers.push(info) });
    const made = await create(client);
    expect((await rows(api)).map(({ id }) => id)).toEqual([(made as { signalId: string }).signalId]);
    expect(answers).toMatchObject([{ attempts: 2, replayed: true }]);
  });

  test("a dry run writes nothing and says so", async () => {
    const { api, client, answers } = await startReal();
    await create(client, { dryRun: true });
    expect(await rows(api)).toEqual([]);
    expect(answers).toMatchObject([{ dryRun: true, creditsUsed: 0 }]);
  });

  test("a list is its first page, all its pages, and all their rows, each once", async () => {
    const { client } = await startReal();
    const made: string[] = [];
    for (let i = 0; i < 7; i++) made.push(((await create(client)) as { signalId: string }).signalId);
    const list = () => at(client, "signals.list")({ limit: 3, type: undefined }) as Pages<{ signals: { id: string }[]; hasMore: boolean }, { id: string }>;
    expect(await list()).toMatchObject({ hasMore: true, signals: { length: 3 } });
    const sizes: number[] = [];
    for await (const page of list().pages()) sizes.push(page.signals.length);
    expect(sizes).toEqual([3, 3, 1]);
    const ids: string[] = [];
    for await (const signal of list()) ids.push(signal.id);
    expect(ids).toEqual(made.toReversed());
  });

  test("a file is sent as it is, its import's rows are listed, and one that is fetched comes as its Response", async () => {
    const { client } = await startReal();
    const mapping = JSON.stringify({ Mail: "email" });
    const create = at(client, "imports.create");
    const { id } = (await create(new Blob(["Mail\na@acme.test\nb@acme.test\n"], { type: "text/csv" }), { query: { on_duplicate: "skip", mapping } })) as { id: string };
    await expect.poll(async () => ((await at(client, "imports.get")(id)) as { status: string }).status, { timeout: 60_000 }).toBe("ready");
    const found: unknown[] = [];
    for await (const row of at(client, "imports.get")(id, { limit: 1 }) as Pages<unknown, { cells: string[] }>) found.push(row.cells);
    expect(found).toEqual([["a@acme.test"], ["b@acme.test"]]);
    await at(client, "imports.commit")(id);
    await expect.poll(async () => ((await at(client, "imports.get")(id)) as { status: string }).status, { timeout: 60_000 }).toBe("committed");
    const file = (await at(client, "contacts.export")({ format: "ndjson" })) as Response;
    expect((await file.text()).trim().split("\n")).toHaveLength(2);
    for (const odd of [{ path: "people.csv" }, undefined, 7]) expect(() => create(odd)).toThrow("imports.create needs a file");
    expect(await create("Mail\n", { dryRun: true })).toMatchObject({ status: "reading" });
  });

  test("an error has its code, status, request id and details", async () => {
    const { client } = await startReal();
    expect(await failure(at(client, "signals.list")({ limit: 1000 }))).toMatchObject({ code: "VALIDATION_ERROR", status: 400, requestId: expect.stringMatching(/^req_/), details: [{ path: "limit" }] });
    expect(await failure(at(client, "signals.get")("a/b?c"))).toMatchObject({ code: "NOT_FOUND", status: 404 });
  });

  test("every endpoint without a part of its path to fill can be read", async () => {
    const { client } = await startReal();
    const bare = publicEndpoints().filter(({ method, path, access, query }) => method === "GET" && !path.includes(":") && byDefault(access) && query?.safeParse({}).success !== false);
    expect(bare.length).toBeGreaterThan(5);
    for (const e of bare) {
      expect(await at(client, e.key)(), e.key).toBeTruthy();
    }
  });
  const byDefault = (access: string) => access === "none" || access === "key" || (defaultScopes as readonly string[]).includes(access);
});
