import { z } from "zod";
import type { Ctx } from "../../store/context.ts";
import type { Store } from "../../store/store.ts";
import type { Work } from "../../store/work.ts";
import { type CallResult, type ConnectorCall, ConnectorError, type ResultOf } from "./call-words.ts";
import { recordOutcome } from "./outcome.ts";
import type { Outside, Provider } from "./provider.ts";
import { findProvider } from "./providers.ts";
import { findConnector, type Known, takeTry } from "./queries.ts";
import { scrub, withoutSecrets } from "./scrub.ts";
import { openConfig, secretTexts } from "./secrets.ts";

/** What a call needs of the worker's parts; the API's `Parts` fit as well. */
export type CallParts = Pick<Work, "store" | "clock" | "log" | "config" | "secret" | "outbound">;

/** Calls of one connector that run at once in this process. */
const concurrencyMax = 8;
const busyMs = 1000;
/** Longer than any call takes: until then nobody else tries a circuit that is being tried. */
const tryMs = 45_000;

/** Per store, since a process may hold several. */
const running = new WeakMap<Store, Map<string, number>>();

/**
 * Asks a workspace's connector to do something, over the network: never inside a transaction. Takes 30 s at most. Writes down
 * what came of it, from which health is computed. Throws ConnectorError; its message may be kept and shown.
 */
export async function callConnector<const C extends ConnectorCall>(parts: CallParts, ctx: Ctx, connectorId: string, call: C): Promise<ResultOf<C>> {
  const row = await findConnector(ctx.store.read, ctx.workspace.id, connectorId);
  const provider = row && findProvider(row.integration);
  if (!row || !provider) throw new ConnectorError("refused", "There is no such connector.");
  assertUsable(row);
  if (!provider.calls.includes(call.do)) throw new ConnectorError("refused", `${provider.name} is not made for "${call.do}".`);
  await passGate(ctx, row);
  const done = await run(parts, ctx, row, provider, call.do, (outside, config) => provider.call(outside, config, call));
  return done as CallResult as ResultOf<C>;
}

/** A live test, which a person asked for: an open circuit does not stop it, only the far side's own wish to be left alone. */
export async function probeConnector(parts: CallParts, ctx: Ctx, row: Known, provider: Provider): Promise<CallResult["detail"]> {
  assertUsable(row);
  assertSilence(ctx, row);
  return run(parts, ctx, row, provider, "probe", (outside, config) => provider.probe(outside, config));
}

function assertUsable(row: Known): void {
  if (row.archived_at !== null) throw new ConnectorError("refused", "The connector is archived.");
  if (row.enabled === 0) throw new ConnectorError("refused", "The connector is switched off.");
}

function assertSilence(ctx: Ctx, row: Known): void {
  const now = ctx.clock.now();
  if (row.not_before !== null && row.not_before > now) throw new ConnectorError("rate_limited", "The far side asked to wait.", { retryAfterMs: row.not_before - now });
}

/** What other processes learned holds here too: the far side's silence, and the circuit. */
async function passGate(ctx: Ctx, row: Known): Promise<void> {
  assertSilence(ctx, row);
  if (row.open_until === null) return;
  const now = ctx.clock.now();
  const free = row.open_until <= now && (await ctx.store.write((tx) => takeTry(tx, row.workspace_id, row.id, row.open_until ?? 0, now + tryMs)));
  if (free) return;
  if (row.last_error_kind === "auth") throw new ConnectorError("auth", "The credentials are not accepted. Reconnect the connector.");
  throw new ConnectorError("unavailable", "The connector failed too often; it is tried again later.", { retryAfterMs: Math.max(busyMs, row.open_until - now) });
}

async function run<T>(parts: CallParts, ctx: Ctx, row: Known, provider: Provider, action: string, work: (outside: Outside, config: Record<string, unknown>) => Promise<T>): Promise<T> {
  const leave = enter(ctx.store, row);
  const began = performance.now();
  let secrets: string[] = [];
  let result: { done: T } | { error: ConnectorError };
  try {
    const config = openConfig(parts.secret, row);
    secrets = secretTexts(provider, config);
    const parsed = provider.config.safeParse(config);
    if (!parsed.success) throw new ConnectorError("refused", "The connector's configuration is not complete. Change it.");
    const outside = { outbound: parts.outbound, clock: parts.clock, config: parts.config, scope: `${row.workspace_id} ${row.id}` };
    const wrong = provider.check?.(outside, parsed.data);
    if (wrong) throw new ConnectorError("refused", `${wrong.field} ${wrong.message}`);
    result = { done: scrubbed(await work(outside, parsed.data), secrets) };
  } catch (error) {
    result = { error: toConnectorError(parts, row, error, secrets) };
  } finally {
    leave();
  }
  const error = "error" in result ? result.error : undefined;
  await recordOutcome(ctx, row, { action, ms: Math.round(performance.now() - began), error }).catch((failure: unknown) => {
    // What was done is done: its caller must not do it again because this could not be written.
    parts.log.warn({ err: failure, connector: row.id }, "a connector's call could not be written down");
  });
  if ("error" in result) throw result.error;
  return result.done;
}

/** Nothing of the far side leaves unscrubbed; what is not ours to show is logged without its text. */
function toConnectorError(parts: CallParts, row: Known, error: unknown, secrets: readonly string[]): ConnectorError {
  if (error instanceof ConnectorError) {
    return new ConnectorError(error.kind, scrub(error.message, secrets), { retryAfterMs: error.retryAfterMs, maybeDone: error.maybeDone });
  }
  const name = error instanceof Error ? error.name : typeof error;
  parts.log.error({ connector: row.id, integration: row.integration, failure: name, text: scrub(error instanceof Error ? error.message : "", secrets) }, "a connector failed unexpectedly");
  return new ConnectorError("retry", "The connector failed unexpectedly.", { maybeDone: true });
}

/** `detail` comes from the far side too. An answer and what was found are content, and the caller's. */
function scrubbed<T>(done: T, secrets: readonly string[]): T {
  const clean = (detail: CallResult["detail"]) => Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, typeof value === "string" ? withoutSecrets(value, secrets).slice(0, 500) : value]));
  const parsed = z.object({ detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])) }).safeParse(done);
  return parsed.success ? { ...done, detail: clean(parsed.data.detail) } : (clean(done as CallResult["detail"]) as T);
}

function enter(store: Store, { workspace_id, id }: Known): () => void {
  const counts = running.get(store) ?? new Map<string, number>();
  running.set(store, counts);
  const key = `${workspace_id} ${id}`;
  const count = counts.get(key) ?? 0;
  if (count >= concurrencyMax) throw new ConnectorError("unavailable", "Too many calls of the connector run at once.", { retryAfterMs: busyMs });
  counts.set(key, count + 1);
  return () => {
    const left = (counts.get(key) ?? 1) - 1;
    if (left === 0) counts.delete(key);
    else counts.set(key, left);
  };
}
