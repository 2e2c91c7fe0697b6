import type { Store } from "../../store/store.ts";

const freshMs = 2000;

/** Epoch ms of a write that reached the disk within the last seconds; writes a canary row when there was none. Undefined when writes fail. */
export async function proveWrite(store: Store, now: number): Promise<number | undefined> {
  const { lastWriteAt } = store.health();
  if (lastWriteAt > now - freshMs) return lastWriteAt;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, freshMs, undefined);
  });
  const written = store
    .write(async (tx) => {
      await tx.insertInto("canary").values({ id: 1, at: now }).onConflict((on) => on.column("id").doUpdateSet({ at: now })).execute();
      return now;
    })
    .catch(() => undefined);
  const result = await Promise.race([written, late]);
  clearTimeout(timer);
  return result;
}
