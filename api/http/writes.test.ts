import { expect, onTestFinished, test } from "vitest";
import { allScopes, type Endpoint } from "../../core/endpoint.ts";
import { chrome, startApi } from "../../test/support/api.ts";
import { rawRequest } from "../../test/support/raw-request.ts";
import { bodiesOf } from "../../test/support/samples.ts";
import { pathOf, type Seeded, seedWorkspace, withIds } from "../../test/support/seeded.ts";
import { publicEndpoints } from "./app.ts";

type Api = Awaited<ReturnType<typeof startApi>>;

/** Every endpoint that takes an Idempotency-Key and dry_run; those that end things come last, so that the others find them. */
const ends = /(archive|revoke|delete|erase|rotate|unsubscribe)/i;
const writes = publicEndpoints()
  .filter((e) => e.method !== "GET" && e.access !== "none")
  .toSorted((a, b) => Number(a.method === "DELETE" || ends.test(a.path)) - Number(b.method === "DELETE" || ends.test(b.path)));
/** These change nothing that is anybody's: a search, a look ahead, a visitor's own traces. */
const unaudited = /\.(search|eligibility|test|preview|lookup|backtest|score|websiteAnalysis)$|^(signals\.create|engagement\.|identify\.)/;
const patient = { timeout: 30_000 };

interface Written {
  name: string;
  status: number;
  keyId: string;
  faults: string[];
}

async function send(api: Api, key: string, e: Endpoint, path: string, text: string | undefined, more: Record<string, string>) {
  const headers = { "user-agent": chrome, "x-api-key": key, ...(text === undefined ? {} : { "content-type": "application/json" }), ...more };
  const answer = await rawRequest(api.url, e.method, `/v1${path}`, headers, text);
  return { ...answer, code: answer.status < 300 ? "" : JSON.parse(answer.text).error.code };
}

/** What to send: the first body whose ids are this workspace's that is let through, as a dry run says. */
async function attempt(api: Api, e: Endpoint, mine: Seeded, key: string): Promise<{ path: string; text: string | undefined } | undefined> {
  for (let n = 0; n < 4; n++) {
    const idOf = (name: string) => {
      const ids = mine.ids.get(name.replace(/Ids$/, "Id")) ?? [];
      return ids[n % ids.length];
    };
    const path = pathOf(e, (name) => idOf(name) ?? "none");
    for (const body of bodiesOf(e).length === 0 ? [undefined] : bodiesOf(e)) {
      const fresh = JSON.stringify(withIds(body, idOf))?.replaceAll("ada@", `ada-${e.key}-${n}@`.toLowerCase()).replaceAll("/in/ada-lovelace", `/in/ada-${e.key}`.toLowerCase());
      if ((await send(api, key, e, `${path}?dry_run=true`, fresh, {})).status < 300) return { path, text: fresh };
    }
  }
  return undefined;
}

async function writeOnce(api: Api, e: Endpoint, mine: Seeded): Promise<Written> {
  const newKey = () => api.newKey({ workspaceId: mine.workspaceId, scopes: [...allScopes] });
  const [{ id: keyId, key }, dry] = [await newKey(), await newKey()];
  const done: Written = { name: e.key, status: 0, keyId, faults: [] };
  const found = await attempt(api, e, mine, dry.key);
  const traces = async (id: string) => (await api.store.read.selectFrom("audit").select("id").where("actor", "=", `key:${id}`).execute()).length;
  if ((await traces(dry.id)) > 0) done.faults.push("a dry run left an audit entry");
  if (!found) return done;
  const headers = { "idempotency-key": `once for ${e.key}` };
  const { path, text } = found;
  const answers = await Promise.all(Array.from({ length: 4 }, () => send(api, key, e, path, text, headers)));
  const first = answers.find(({ status }) => status < 300);
  done.status = first?.status ?? answers[0]?.status ?? 0;
  if (!first) return done;
  // A replay is the first answer, but that it costs nothing.
  const free = (body: string) => body.replace(/("credits":\{"used":)\d+(?=\}\}\}$)/, "$10");
  for (const each of answers) if (free(each.text) !== free(first.text) && each.code !== "IDEMPOTENCY_IN_PROGRESS") done.faults.push(`at once: ${each.text}`);
  const again = await send(api, key, e, path, text, headers);
  if (again.text !== free(first.text) || again.headers["idempotent-replayed"] !== "true") done.faults.push(`again: ${again.status} ${again.text}`);
  const other = await send(api, key, e, path, `${text ?? "{}"} `, headers);
  if (other.code !== "IDEMPOTENCY_CONFLICT") done.faults.push(`with another body: ${other.status} ${other.text}`);
  if (!unaudited.test(e.key) && (await traces(keyId)) === 0) done.faults.push("left no audit entry");
  return done;
}

test("every write has one effect under one Idempotency-Key, of calls at once and after; dry runs leave no trace; the audit says who did it", async () => {
  const warnings: string[] = [];
  const hear = (warning: Error) => void (warning.name === "DeprecationWarning" && warnings.push(warning.message));
  process.on("warning", hear);
  onTestFinished(() => void process.off("warning", hear));
  const api = await startApi();
  const mine = await seedWorkspace(api, "Mine");
  const done: Written[] = [];
  for (const e of writes) done.push(await writeOnce(api, e, mine));
  expect(done.filter(({ faults }) => faults.length > 0).map(({ name, faults }) => [name, ...faults])).toEqual([]);
  // What was carried out is in the ledger once; the dry runs and repeats are not.
  const ok = done.filter(({ status }) => status > 0 && status < 300);
  const calls = async () => {
    const rows = await api.store.read.selectFrom("usage_ledger").select(["key_id", "capability", "calls"]).where("workspace_id", "=", mine.workspaceId).execute();
    const sums = new Map<string, number>();
    for (const row of rows) sums.set(row.key_id + row.capability, (sums.get(row.key_id + row.capability) ?? 0) + row.calls);
    return ok.map(({ name, keyId }) => [name, sums.get(`${keyId}api.${name}`) ?? 0]).filter(([, count]) => count !== 1);
  };
  await expect.poll(calls, patient).toEqual([]);
  // Most writes can be made to succeed: what is proved of few would be little.
  expect(ok.length).toBeGreaterThan(writes.length * 0.6);
  // On PostgreSQL: no transaction asks for two things at once, which its one connection will refuse some day.
  expect(warnings).toEqual([]);
}, 300_000);
