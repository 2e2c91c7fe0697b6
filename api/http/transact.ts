import type { Endpoint } from "../../core/endpoint.ts";
import { ensureAudit, forgetDeeds } from "../../store/events.ts";
import { type Answer, chargeCredits, checkRoom, type IdempotentCall, insertUsage } from "../usage/index.ts";
import { type Call, type Parts, Reply, type WriteCall } from "./context.ts";

/** Takes a dry run's transaction back and carries its answer out. */
class DryRun extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super("dry run");
    this.answer = answer;
  }
}

/**
 * Runs a writing endpoint: idempotency claim, effect, ledger rows and stored answer are one transaction, so that no crash can
 * leave one without the others. A dry run does the same and takes it all back.
 */
export async function transact(parts: Parts, route: { endpoint: Endpoint; write(call: WriteCall): Promise<unknown> }, call: Call, repeat: IdempotentCall, requestId: string): Promise<Answer> {
  let effects: (() => void)[] = [];
  const { endpoint } = route;
  const credits = priceOf(endpoint, call);
  const run = async (tx: Parameters<Parameters<typeof parts.store.write>[0]>[0]): Promise<Answer> => {
    effects = [];
    forgetDeeds(call.ctx);
    let refunded = 0;
    const once = await parts.idempotency.claimOnce(tx, repeat);
    if (once.first) return once.first;
    if (!call.dryRun) await checkRoom(tx, call.key, credits, repeat.now);
    const refund = (unused: number) => void (refunded += unused);
    const result = await route.write({ ...call, tx, refund, after: (effect) => void effects.push(effect) });
    const [status, data] = result instanceof Reply ? [result.status, result.data] : [successStatus(endpoint), result];
    const used = call.dryRun ? 0 : credits - refunded;
    const answer = { status, body: JSON.stringify({ data, meta: { requestId, credits: { used }, ...(call.dryRun ? { dryRun: true } : {}) } }) };
    if (call.dryRun) throw new DryRun(answer);
    await chargeCredits(tx, parts.store.dialect, call.key, used, repeat.now);
    await ensureAudit(tx, call.ctx, endpoint.key, idsIn(call.params));
    const entry = { workspaceId: repeat.workspaceId, keyId: call.key.id, capability: `api.${endpoint.key}`, at: repeat.now };
    await insertUsage(tx, { ...entry, calls: 1, credits });
    if (refunded > 0) await insertUsage(tx, { ...entry, calls: 0, credits: -refunded });
    await once.finish(answer);
    return answer;
  };
  try {
    const answer = await parts.store.write(run);
    for (const effect of effects) effect();
    return answer;
  } catch (error) {
    if (error instanceof DryRun) return error.answer;
    throw error;
  }
}

/** What a call costs at most: what there has to be room for before it does anything. */
export const priceOf = (endpoint: Endpoint, call: Pick<Call, "body">): number => endpoint.creditsOf?.(call.body) ?? endpoint.credits;

const idsIn = (params: unknown): Record<string, unknown> => (typeof params === "object" && params !== null ? { ...params } : {});

const successes = new WeakMap<Endpoint, number>();

/** The endpoint's first success status. */
export function successStatus(endpoint: Endpoint): number {
  let status = successes.get(endpoint);
  if (status === undefined) successes.set(endpoint, (status = Number(Object.keys(endpoint.answers)[0] ?? 200)));
  return status;
}
