import { lockCap, saveCap, takeCredits } from "../../store/credit-caps.ts";
import type { Read, Store, Write } from "../../store/store.ts";
import type { ActiveKey } from "../keys/index.ts";
import type { Call, Ledger } from "./ledger.ts";
import { findCap, insertUsage } from "./queries.ts";

type Payer = Pick<ActiveKey, "capped"> & { workspace: Pick<ActiveKey["workspace"], "id"> };

/** Throws INSUFFICIENT_CREDITS before a call does any work that its workspace's cap has no room for. The charge itself decides. */
export async function checkRoom(db: Read | Write, key: Payer, credits: number, now: number): Promise<void> {
  if (!key.capped || credits === 0) return;
  const cap = await findCap(db, key.workspace.id);
  if (cap) takeCredits(cap, credits, now);
}

/** Charges a call in its own transaction: calls that come at once can't pass the cap together. Throws INSUFFICIENT_CREDITS. */
export async function chargeCredits(tx: Write, dialect: Store["dialect"], key: Payer, credits: number, now: number): Promise<void> {
  if (!key.capped || credits === 0) return;
  const cap = await lockCap(tx, dialect, key.workspace.id);
  if (cap) await saveCap(tx, takeCredits(cap, credits, now));
}

/** Records a call that has no transaction of its own: with the next commit, or at once where a cap decides whether it may be answered. */
export async function settle(parts: { store: Store; ledger: Ledger }, key: Payer, call: Call, now: number): Promise<void> {
  if (!key.capped || call.credits === 0) return parts.ledger.record(call, now);
  await parts.store.write(async (tx) => {
    await chargeCredits(tx, parts.store.dialect, key, call.credits, now);
    await insertUsage(tx, { ...call, calls: 1, at: now });
  });
}
