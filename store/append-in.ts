import { batchRows, emptyGroup, type NewSignal, planSignal } from "./ingest.ts";
import type { StoredGroup, Write } from "./store.ts";

/** Writes what the planner plans for one signal without visitor and messageId; its call's ledger entry is the caller's. */
export async function appendRows(tx: Write, signal: NewSignal): Promise<StoredGroup> {
  const { row } = signal;
  if (row.visitor_id !== null || row.message_id !== null) throw new Error("a signal with a visitor or messageId is stored by store.append");
  const plan = emptyGroup();
  planSignal(plan, signal, undefined);
  const { batches, jobs } = batchRows(plan);
  await tx.insertInto("signals").values(row).execute();
  await tx.insertInto("signal_batches").values(batches).execute();
  await tx.insertInto("jobs").values(jobs).execute();
  for (const hour of plan.hours.values()) {
    await tx
      .insertInto("signal_hours")
      .values(hour)
      .onConflict((on) => on.columns(["workspace_id", "hour", "type", "priority"]).doUpdateSet((eb) => ({ count: eb("signal_hours.count", "+", eb.ref("excluded.count")) })))
      .execute();
  }
  for (const outcome of plan.outcomes.values()) {
    await tx
      .insertInto("ingest_hours")
      .values(outcome)
      .onConflict((on) => on.columns(["workspace_id", "hour", "key_id", "outcome"]).doUpdateSet((eb) => ({ count: eb("ingest_hours.count", "+", eb.ref("excluded.count")) })))
      .execute();
  }
  return { batches: plan.batches, signals: [row] };
}
