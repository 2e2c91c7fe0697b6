import type { Clock } from "../../core/clock.ts";
import { idOf } from "../../core/id.ts";
import type { Log } from "../../core/log.ts";
import { boundedCache } from "../../core/lru.ts";
import type { News } from "../../core/news.ts";
import type { Store } from "../../store/store.ts";
import type { ActiveKey } from "./key-ring.ts";
import { insertAudit } from "./queries.ts";

const hourMs = 3_600_000;
const originMax = 255;
const notedMax = 10_000;

/** Where a secret key was seen that belongs in headers of servers only. */
export type ExposurePlace = "browser" | "url" | "body";

/** The audit action of an exposure; its detail is `{keyId, place, origin}`. */
export const exposureAction = "key.exposed";

/** Keeps that a key which still works was seen in such a place. Never throws, and nobody waits for it. Publishable keys are no secret. */
export type NoteExposure = (key: ActiveKey, place: ExposurePlace, origin: string | undefined) => void;

/** One audit entry per key, place and hour, whatever the number of requests, processes and restarts (security rows 14 and 15). */
export function createExposures(parts: { store: Store; clock: Clock; log: Log; news: News }): NoteExposure {
  const noted = boundedCache<string, number>(notedMax);
  return (key, place, origin) => {
    if (key.type !== "secret") return;
    const at = parts.clock.now();
    const hour = at - (at % hourMs);
    const subject = `${key.id} ${place}`;
    if (noted.get(subject) === hour) return;
    noted.set(subject, hour);
    const detail = { keyId: key.id, place, origin: origin?.slice(0, originMax) ?? null };
    parts.store
      .write((tx) => insertAudit(tx, { id: idOf(hour, subject), workspaceId: key.workspace.id, at, actor: `key:${key.id}`, action: exposureAction, detail }))
      .then(() => parts.news.tell(key.workspace.id))
      .catch((error: unknown) => {
        noted.delete(subject);
        parts.log.warn({ err: error, keyId: key.id, place }, "audit entry of an exposed secret key not written; the next request tries again");
      });
  };
}
