import { onTestFinished } from "vitest";
import { createConnector } from "../../api/connectors/service.ts";
import { callConnector, type ConnectorCall, ConnectorError } from "../../api/connectors/index.ts";
import { createWorkspace } from "../../api/keys/index.ts";
import { fixedClock } from "../../core/clock.ts";
import { parseConfig } from "../../core/config.ts";
import { createLog } from "../../core/log.ts";
import { createSafeFetch } from "../../core/safe-fetch.ts";
import type { Ctx } from "../../store/context.ts";
import type { Store } from "../../store/store.ts";
import { dialects, type OpenedStore } from "./stores.ts";

/** Of each test: a later one, since a process's ids never go back in time. */
let start = 1_960_000_000_000;
const dayMs = 24 * 3_600_000;

/** A workspace that connectors are plugged into, with the operator's leave to reach this machine by `127.0.0.1` and `localhost`. */
export async function startPlugged(open: (now: () => number) => Promise<OpenedStore> = sqlite, flags: Record<string, string> = {}) {
  start += 30 * dayMs;
  const clock = fixedClock(start);
  const opened = await open(() => clock.now());
  onTestFinished(() => opened.dispose());
  const outbound = createSafeFetch(["127.0.0.1", "localhost"]);
  onTestFinished(() => outbound.close());
  const log = createLog("silent");
  const config = parseConfig(flags, {});
  const { id, name } = await createWorkspace(opened.store, clock.now(), { name: "Acme" });
  /** What another process on the same data has. */
  const partsOf = (store: Store) => ({ store, clock, log, config, secret: "a secret of the instance, for tests", outbound });
  const ctxOf = (store: Store): Ctx => ({ workspace: { id, name, plan: "unlimited", status: "active" }, actor: { kind: "system", id: "test" }, store, clock, log });
  const parts = partsOf(opened.store);
  const ctx = ctxOf(opened.store);
  const add = (integrationSlug: string, settings: Record<string, unknown>) => opened.store.write((tx) => createConnector(ctx, tx, parts, { integrationSlug, name: "Test", config: settings }));
  const call = <const C extends ConnectorCall>(connectorId: string, what: C, store = opened.store) => callConnector(partsOf(store), ctxOf(store), connectorId, what);
  /** Why a call was not done. */
  const failure = async (connectorId: string, what: ConnectorCall, store = opened.store): Promise<ConnectorError> => {
    let result: unknown;
    try {
      result = await call(connectorId, what, store);
    } catch (error) {
      if (error instanceof ConnectorError) return error;
      throw error;
    }
    throw new Error(`it was done: ${JSON.stringify(result)}`);
  };
  const events = async () => (await opened.store.read.selectFrom("events").select(["kind", "payload"]).where("kind", "like", "connector.%").orderBy("id").execute()).map((event) => [event.kind, JSON.parse(event.payload) as Record<string, unknown>] as const);
  return { ...opened, clock, outbound, parts, ctx, partsOf, ctxOf, add, call, failure, events };
}

async function sqlite(now: () => number): Promise<OpenedStore> {
  const [first] = dialects;
  if (!first) throw new Error("there is no dialect");
  return first[1](now);
}
