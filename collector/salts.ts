import { randomBytes } from "node:crypto";
import type { Store } from "../store/store.ts";

const dayMs = 86_400_000;

/**
 * The random salt of a UTC day, shared by all processes on one store. Salts are deleted within 48 h: afterwards an
 * anonymous visitor's id can't be made again from an address, by anybody.
 */
export type SaltOfDay = (now: number) => Buffer | Promise<Buffer>;

export function createSalts(store: Store): SaltOfDay {
  let current: { day: number; salt: Buffer } | undefined;

  async function load(day: number): Promise<Buffer> {
    const salt = await store.write(async (tx) => {
      await tx.deleteFrom("visitor_salts").where("day", "<", day).execute();
      await tx
        .insertInto("visitor_salts")
        .values({ day, salt: randomBytes(32).toString("hex") })
        .onConflict((on) => on.column("day").doNothing())
        .execute();
      return tx.selectFrom("visitor_salts").select("salt").where("day", "=", day).executeTakeFirstOrThrow();
    });
    current = { day, salt: Buffer.from(salt.salt, "hex") };
    return current.salt;
  }

  return (now) => {
    const day = Math.floor(now / dayMs);
    return current?.day === day ? current.salt : load(day);
  };
}
