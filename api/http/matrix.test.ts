import { describe, expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { allScopes, type Endpoint, optInScopes } from "../../core/endpoint.ts";
import { newId } from "../../core/id.ts";
import { chrome, startApi } from "../../test/support/api.ts";
import { rawRequest } from "../../test/support/raw-request.ts";
import { bodiesOf, schemaOf } from "../../test/support/samples.ts";
import { isIdName, pathOf, type Seeded, seedWorkspace, withIds } from "../../test/support/seeded.ts";
import { revokeKey } from "../keys/index.ts";
import { publicEndpoints } from "./app.ts";

type Api = Awaited<ReturnType<typeof startApi>>;

/** Every endpoint there is: a new one is held to all of this without being named here. */
const endpoints = publicEndpoints();
const guarded = endpoints.filter((e) => e.access !== "none");
const bases = ["/v1", "/api/v1"];
const start = 1_795_000_000_000;
const nameOf = (e: Endpoint) => `${e.method} ${e.path}`;
const missing = () => "00000000000000000000000000";
const bodyOf = (e: Endpoint): unknown => bodiesOf(e)[0];

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  // As a stranger would read it.
  body: ReturnType<typeof JSON.parse>;
}

interface Sent {
  key?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Sends it with the path as written. Whatever comes back that is no file has to be the envelope or bare JSON. */
async function send(api: Api, method: string, path: string, { key, body, headers }: Sent = {}): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const sent = { "user-agent": chrome, ...(key === undefined ? {} : { "x-api-key": key }), ...(text === undefined ? {} : { "content-type": "application/json" }), ...headers };
  const answer = await rawRequest(api.url, method, path, sent, text);
  const isJson = String(answer.headers["content-type"] ?? "").startsWith("application/json");
  return { ...answer, body: isJson && answer.text !== "" ? JSON.parse(answer.text) : undefined };
}

const codeOf = ({ status, body }: Answer): string => body?.error?.code ?? String(status);

/** An answer without what names the request; of a success what no two calls share is left out too. */
function comparable({ status, body, text }: Answer, id = ""): string {
  const words = body === undefined ? text : JSON.stringify({ ...body, ...(body.meta ? { meta: { ...body.meta, requestId: "" } } : {}), ...(body.error ? { error: { ...body.error, requestId: "" } } : {}) });
  const named = id === "" ? words : words.replaceAll(id, "<id>");
  return `${status} ${status < 300 ? named.replaceAll(/[0-9a-hjkmnp-tv-z]{26}/g, "<any id>").replaceAll(/gtm_[sp]k_\w+|whsec_[\w+/=]+|[\w-]{32,}/g, "<secret>").replaceAll(/"(prefix|last4)":"\w+"/g, "") : named}`;
}

/** The endpoints for which `check` finds something to say, each with it. */
async function faults(list: readonly Endpoint[], check: (e: Endpoint) => Promise<string | undefined>): Promise<string[]> {
  const found: string[] = [];
  for (const e of list) {
    const fault = await check(e);
    if (fault !== undefined) found.push(`${nameOf(e)}: ${fault}`);
  }
  return found;
}

test("there is a valid body to send for every endpoint that needs one", () => {
  // Where the schema's words do not suffice to make one up, the endpoint needs an example.
  expect(endpoints.filter((e) => e.body && !e.body.safeParse(undefined).success && bodiesOf(e).length === 0).map(nameOf)).toEqual([]);
});

describe("who may call", () => {
  test("nobody without a key, with a key that is none or was revoked, or with one in the URL", async () => {
    const api = await startApi();
    const revoked = await api.newKey({ scopes: [...allScopes] });
    await revokeKey(api.store, Date.now(), revoked.id);
    const found = await faults(guarded, async (e) => {
      const seen: string[] = [];
      for (const base of bases) {
        const path = base + pathOf(e, missing);
        const body = bodyOf(e);
        seen.push(codeOf(await send(api, e.method, path, { body })), codeOf(await send(api, e.method, `${path}?key=${api.secret.key}`, { body })), codeOf(await send(api, e.method, path, { body, key: "gtm_sk_nothing" })), codeOf(await send(api, e.method, path, { body, key: revoked.key })));
      }
      const wanted = ["MISSING_API_KEY", "MISSING_API_KEY", "API_KEY_INVALID", "API_KEY_REVOKED"];
      return seen.join() === [...wanted, ...wanted].join() ? undefined : seen.join();
    });
    expect(found).toEqual([]);
  });

  test("no secret key without the scope, which is asked for before the body is looked at", async () => {
    const api = await startApi();
    const scopes = { a: await api.newKey({ scopes: ["audit:read"] }), b: await api.newKey({ scopes: ["usage:read"] }) };
    const found = await faults(guarded.filter((e) => e.access !== "key"), async (e) => {
      const { key } = e.access === "audit:read" ? scopes.b : scopes.a;
      for (const base of bases) {
        for (const body of e.method === "GET" ? [undefined] : [bodyOf(e), { nonsense: true }]) {
          const answer = await send(api, e.method, base + pathOf(e, missing), { key, body });
          if (answer.status !== 403 || answer.body.error.code !== "INSUFFICIENT_SCOPE") return codeOf(answer);
        }
      }
      return undefined;
    });
    expect(found).toEqual([]);
  });

  test("publishable keys at the collector only, whatever scopes are stored with them", async () => {
    const api = await startApi();
    await api.store.write(async (tx) => void (await tx.updateTable("api_keys").set({ scopes: JSON.stringify([...optInScopes, "contacts:read", "contacts:write", "signals:read", "signals:write"]) }).where("id", "=", api.publishable.id).execute()));
    api.server.parts.keys.forget();
    const found = await faults(guarded, async (e) => {
      for (const base of bases) {
        const answer = await send(api, e.method, base + pathOf(e, missing), { key: api.publishable.key, body: bodyOf(e) });
        const refused = answer.status === 403 && answer.body.error.code === "INSUFFICIENT_SCOPE";
        if (refused === (e.collector === true || e.access === "key")) return codeOf(answer);
      }
      return undefined;
    });
    expect(found).toEqual([]);
  });
});

describe("what is answered", () => {
  test("another workspace's ids and missing ones get the same 404, in paths, queries and bodies; foreign cursors the same 400", async () => {
    const api = await startApi({ clock: fixedClock(start) });
    const mine = await seedWorkspace(api, "Mine");
    const theirs = await seedWorkspace(api, "Theirs");
    const foreign = [...new Set([...theirs.ids.values()].flatMap((ids) => ids.slice(0, 2)))];
    expect(foreign.length).toBeGreaterThan(20);
    expect(await faults(guarded.filter((e) => e.path.includes(":")), (e) => comparePaths(api, e, mine, foreign))).toEqual([]);
    expect(await faults(guarded, (e) => compareBodies(api, e, mine, foreign))).toEqual([]);
    expect(await faults(guarded.filter((e) => e.query && e.method === "GET"), (e) => compareQueries(api, e, mine, foreign))).toEqual([]);
    expect(await faults(guarded.filter(isList), async (e) => refusesCursors(api, e, mine, await cursorsOf(api, theirs)))).toEqual([]);
    // Nothing of theirs was touched: no request of mine left a trace there.
    const audit = await api.store.read.selectFrom("audit").select("actor").where("workspace_id", "=", theirs.workspaceId).execute();
    const own = new Set((await api.store.read.selectFrom("api_keys").select("id").where("workspace_id", "=", theirs.workspaceId).execute()).map(({ id }) => `key:${id}`));
    expect(audit.filter(({ actor }) => actor.startsWith("key:") && !own.has(actor))).toEqual([]);
  }, 300_000);

  test("the same bytes under both base paths", async () => {
    const api = await startApi({ clock: fixedClock(start) });
    const { key } = await api.newKey({ scopes: [...allScopes] });
    const found = await faults(endpoints, async (e) => {
      // Reads are carried out; writes only as far as they change nothing.
      const bodies = e.method === "GET" ? [undefined] : [{ nonsense: true }, bodyOf(e)];
      for (const body of bodies) {
        const dry = e.method === "GET" ? "" : "?dry_run=true";
        const ask = (base: string) => send(api, e.method, `${base}${pathOf(e, missing)}${dry}`, { key, body });
        const [a, b, again] = [await ask("/v1"), await ask("/api/v1"), await ask("/v1")];
        // What counts its own calls is another with each.
        if (comparable(a) === comparable(again) ? comparable(a) !== comparable(b) : codeOf(a) !== codeOf(b)) return `${comparable(a)} but ${comparable(b)}`;
        const names = (answer: Answer) => Object.keys(answer.headers).toSorted().join();
        if (names(a) !== names(b)) return `${names(a)} but ${names(b)}`;
      }
      return undefined;
    });
    expect(found).toEqual([]);
  });

  test("HEAD as GET without a body, with the same key and scope; nothing else answers HEAD", async () => {
    const api = await startApi({ clock: fixedClock(start) });
    const { key } = await api.newKey({ scopes: [...allScopes] });
    const readable = new Set(endpoints.filter((e) => e.method === "GET").map((e) => pathOf(e, missing)));
    const found = await faults(endpoints, async (e) => {
      const path = `/v1${pathOf(e, missing)}`;
      const head = await send(api, "HEAD", path, { key });
      if (head.text !== "") return "answered HEAD with a body";
      // To GET, `/contacts/search` is a contact of that id.
      if (!readable.has(pathOf(e, missing))) return head.status === 405 || head.status === 404 ? undefined : `HEAD ${head.status}`;
      const get = await send(api, "GET", path, { key });
      const anonymous = await send(api, "HEAD", path);
      if (head.status !== get.status || head.headers["content-type"] !== get.headers["content-type"]) return `HEAD ${head.status}, GET ${get.status}`;
      return e.method === "GET" && e.access !== "none" && anonymous.status !== 401 ? `HEAD without a key ${anonymous.status}` : undefined;
    });
    expect(found).toEqual([]);
  });

  test("no CORS but at the collector: neither to OPTIONS nor to a page that asks", async () => {
    const api = await startApi();
    const open = new Set(endpoints.filter((e) => e.collector).map((e) => e.path));
    const headers = { origin: "https://www.example.com", "access-control-request-method": "GET", "access-control-request-headers": "x-api-key" };
    const found = await faults(guarded, async (e) => {
      const preflight = await send(api, "OPTIONS", `/v1${pathOf(e, missing)}`, { headers });
      const allowed = preflight.headers["access-control-allow-origin"] !== undefined;
      if (allowed !== open.has(e.path)) return `OPTIONS ${preflight.status}, CORS ${allowed}`;
      if (allowed && preflight.headers["access-control-allow-methods"] !== "POST") return "more than POST is allowed";
      if (preflight.headers["access-control-allow-credentials"] !== undefined) return "credentials are allowed";
      const asked = await send(api, e.method, `/v1${pathOf(e, missing)}`, { key: api.secret.key, headers: { origin: headers.origin }, body: bodyOf(e) });
      return (asked.headers["access-control-allow-origin"] !== undefined) === (e.collector === true) ? undefined : "CORS on the answer";
    });
    expect(found).toEqual([]);
  });

  test("400 to a field that is not known, by its place, whether the endpoint takes a body or not", async () => {
    const api = await startApi();
    const { key } = await api.newKey({ scopes: [...allScopes] });
    const found = await faults(guarded.filter((e) => e.method !== "GET" && e.upload === undefined), async (e) => {
      for (const body of bodiesOf(e).length === 0 ? [{}] : bodiesOf(e)) {
        if (typeof body !== "object" || body === null || Array.isArray(body)) continue;
        const answer = await send(api, e.method, `/v1${pathOf(e, missing)}`, { key, body: { ...body, notAField: 1 } });
        const details: { path: string }[] = answer.body?.error?.details ?? [];
        if (answer.status !== 400 || answer.body.error.code !== "VALIDATION_ERROR" || !details.some(({ path }) => path === "notAField")) return `${codeOf(answer)} ${JSON.stringify(details)}`;
      }
      return undefined;
    });
    expect(found).toEqual([]);
  });

  test("400 to a dry_run that says neither yes nor no, before anything is done", async () => {
    const api = await startApi();
    const { key } = await api.newKey({ scopes: [...allScopes] });
    const writes = guarded.filter((e) => e.method !== "GET" && e.upload === undefined && !e.access.endsWith(":read"));
    const found = await faults(writes, async (e) => {
      for (const value of ["TRUE", "yes", "", "true&dry_run=true"]) {
        const answer = await send(api, e.method, `/v1${pathOf(e, missing)}?dry_run=${value}`, { key, body: bodyOf(e) });
        if (codeOf(answer) !== "VALIDATION_ERROR" || answer.body.error.details[0].path !== "dry_run") return `${value}: ${codeOf(answer)}`;
      }
      return undefined;
    });
    expect(found).toEqual([]);
    for (const table of ["contacts", "signals"] as const) expect(await api.store.read.selectFrom(table).select("id").execute()).toEqual([]);
  });

  test("400 to the key __proto__ at any depth, by its place, whether the endpoint takes a body or not", async () => {
    const api = await startApi();
    const { key } = await api.newKey({ scopes: [...allScopes] });
    const hidden = (body: unknown, inner: string) => `${JSON.stringify({ ...(body as object) }).slice(0, -1)}${Object.keys((body ?? {}) as object).length === 0 ? "" : ","}${inner}}`;
    const found = await faults(guarded.filter((e) => e.method !== "GET" && e.upload === undefined), async (e) => {
      for (const [inner, path] of [['"__proto__":{"admin":true}', "__proto__"], ['"attributes":{"__proto__":1}', "attributes.__proto__"], [String.raw`"x":[[],[{"data":{"\u005f_proto__":[]}}]]`, "x.1.0.data.__proto__"]] as const) {
        const headers = { "user-agent": chrome, "x-api-key": key, "content-type": "application/json" };
        const { status, text } = await rawRequest(api.url, e.method, `/v1${pathOf(e, missing)}`, headers, hidden(bodyOf(e), inner));
        const { details } = JSON.parse(text).error ?? {};
        if (status !== 400 || details?.[0].path !== path || details[0].code !== "forbidden_key") return `${status} ${text}`;
      }
      return undefined;
    });
    expect(found).toEqual([]);
  });

  test("only at its one spelling: case, slashes and overridden methods reach nothing", async () => {
    const api = await startApi({ clock: fixedClock(start) });
    const { key } = await api.newKey({ scopes: [...allScopes] });
    const found = await faults(guarded, async (e) => {
      const path = pathOf(e, missing);
      const first = path.search(/[a-z]/);
      const spellings = [`/V1${path}`, `/v1${path.slice(0, first)}${path.charAt(first).toUpperCase()}${path.slice(first + 1)}`, `/v1${path}/`, `//v1${path}`, `/v1/${path}`, `/v1/.${path}`, `/api/v1/..${path}`];
      for (const spelling of spellings) {
        const answer = await send(api, e.method, spelling, { key, body: bodyOf(e) });
        if (answer.status !== 404 && answer.status !== 405) return `${spelling} ${answer.status}`;
      }
      // A character that is written as %XX is the same path, and so asks for the same key.
      const encoded = `/v1${path.slice(0, first)}%${path.charCodeAt(first).toString(16)}${path.slice(first + 1)}`;
      if ((await send(api, e.method, encoded, { body: bodyOf(e) })).status !== 401) return `${encoded} without a key`;
      if (e.method !== "GET") return undefined;
      const plain = await send(api, "GET", `/v1${path}`, { key });
      const headers = { "x-http-method-override": "DELETE", "x-method-override": "DELETE", "x-http-method": "DELETE" };
      const overridden = await send(api, "GET", `/v1${path}?_method=DELETE`, { key, headers });
      return codeOf(overridden) === codeOf(plain) ? undefined : "an overriding header is heard";
    });
    expect(found).toEqual([]);
  });
});

async function comparePaths(api: Api, e: Endpoint, mine: Seeded, foreign: readonly string[]): Promise<string | undefined> {
  for (const body of e.method === "GET" ? [undefined] : [bodyOf(e)]) {
    const ask = async (id: string) => send(api, e.method, `/v1${pathOf(e, () => id)}`, { key: mine.key, body });
    const none = newId(start);
    const wanted = await ask(none);
    if (wanted.status !== 404) return `a missing id is answered ${codeOf(wanted)}: ${wanted.text}`;
    for (const id of foreign) {
      const answer = await ask(id);
      if (comparable(answer, id) !== comparable(wanted, none)) return `${id}: ${comparable(answer, id)}, but missing: ${comparable(wanted, none)}`;
    }
  }
  return undefined;
}

async function compareBodies(api: Api, e: Endpoint, mine: Seeded, foreign: readonly string[]): Promise<string | undefined> {
  for (const body of bodiesOf(e)) {
    let named = false;
    withIds(body, () => void (named = true));
    if (!named) continue;
    const ask = async (id: string) => send(api, e.method, `/v1${pathOf(e, (name) => mine.ids.get(name)?.[0] ?? missing())}?dry_run=true`, { key: mine.key, body: withIds(body, () => id) });
    const none = newId(start);
    const wanted = await ask(none);
    for (const id of foreign) {
      const answer = await ask(id);
      if (comparable(answer, id) !== comparable(wanted, none)) return `${id}: ${comparable(answer, id)}, but missing: ${comparable(wanted, none)}`;
    }
  }
  return undefined;
}

async function compareQueries(api: Api, e: Endpoint, mine: Seeded, foreign: readonly string[]): Promise<string | undefined> {
  const names = Object.keys(e.query ? (schemaOf(e.query).properties ?? {}) : {}).filter(isIdName);
  for (const name of names) {
    const ask = async (id: string) => send(api, e.method, `/v1${pathOf(e, (own) => mine.ids.get(own)?.[0] ?? missing())}?${name}=${id}`, { key: mine.key });
    const none = newId(start);
    const wanted = await ask(none);
    for (const id of foreign) {
      const answer = await ask(id);
      if (comparable(answer, id) !== comparable(wanted, none)) return `${name}=${id}: ${comparable(answer, id)}, but missing: ${comparable(wanted, none)}`;
    }
  }
  return undefined;
}

const isList = (e: Endpoint) => e.method === "GET" && e.query !== undefined && "cursor" in (schemaOf(e.query).properties ?? {});

/** A cursor of each list of a workspace that has more than one row. */
async function cursorsOf(api: Api, of: Seeded): Promise<Map<string, string>> {
  const cursors = new Map<string, string>();
  for (const e of guarded.filter(isList)) {
    const { body } = await send(api, "GET", `/v1${pathOf(e, (name) => of.ids.get(name)?.[0] ?? missing())}?limit=1`, { key: of.key });
    if (typeof body?.data?.nextCursor === "string") cursors.set(e.key, body.data.nextCursor);
  }
  expect(cursors.size).toBeGreaterThan(5);
  return cursors;
}

async function refusesCursors(api: Api, e: Endpoint, mine: Seeded, foreign: Map<string, string>): Promise<string | undefined> {
  const path = `/v1${pathOf(e, (name) => mine.ids.get(name)?.[0] ?? missing())}?limit=1`;
  const own = await cursorsOf(api, mine);
  const ownCursor = own.get(e.key);
  const tampered = ownCursor === undefined ? [] : [`${ownCursor}x`, ownCursor.slice(1), `A${ownCursor}`, ownCursor.replace(".", ".A")];
  const others = [...own].filter(([key]) => key !== e.key).map(([, cursor]) => cursor);
  for (const cursor of [...foreign.values(), ...others, ...tampered, "x", "a.b.c", "%00"]) {
    const answer = await send(api, "GET", `${path}&cursor=${cursor}`, { key: mine.key });
    const missingParent = answer.status === 404 && e.path.includes(":");
    if (answer.status !== 400 && !missingParent) return `${cursor}: ${codeOf(answer)}`;
  }
  if (ownCursor === undefined) return undefined;
  const next = await send(api, "GET", `${path}&cursor=${ownCursor}`, { key: mine.key });
  return next.status === 200 ? undefined : `its own cursor: ${codeOf(next)}`;
}

