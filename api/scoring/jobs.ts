import { idFloor } from "../../core/id.ts";
import type { Store } from "../../store/store.ts";
import { activityDays, activityScoreOf } from "./activity.ts";
import { findMark, findPieceEnd, saveActivity, saveMark, selectFading, selectOwnSignals, selectTouched, selectWorkspaceIds, setActivityScore } from "./queries.ts";

const dayMs = 86_400_000;
/** Ids are made before their commit, and clocks of nodes differ: what is younger is looked at next time. */
const marginMs = 60_000;
/** Signals whose contacts are found by one read, pieces of one run, contacts that fade in one run and that share a transaction. */
const pieceSize = 20_000;
const piecesMax = 50;
const fadingMax = 5000;
const atOnce = 100;

/**
 * Keeps activity scores true without a scoring: of contacts that got signals since the last run, and once a day of those that had
 * any, for signals fade. Safe to run twice and to be killed anywhere: it computes from the signals, and its mark comes last.
 */
export async function refreshActivity(store: Store, now: number): Promise<void> {
  for (const workspaceId of await selectWorkspaceIds(store.read)) {
    const until = idFloor(now - marginMs);
    let mark = (await findMark(store.read, workspaceId)) ?? idFloor(now - activityDays * dayMs);
    for (let piece = 0; piece < piecesMax && mark < until; piece++) {
      const end = (await findPieceEnd(store.slow, workspaceId, mark, until, pieceSize)) ?? until;
      await refresh(store, workspaceId, await selectTouched(store.slow, workspaceId, mark, end), now);
      await store.write((tx) => saveMark(tx, workspaceId, end));
      mark = end;
    }
    await refresh(store, workspaceId, await selectFading(store.slow, workspaceId, now - dayMs, fadingMax), now);
  }
}

async function refresh(store: Store, workspaceId: string, contactIds: readonly string[], now: number): Promise<void> {
  for (let i = 0; i < contactIds.length; i += atOnce) {
    const scores: [string, number][] = [];
    for (const id of contactIds.slice(i, i + atOnce)) scores.push([id, activityScoreOf(await selectOwnSignals(store.slow, workspaceId, id, now - activityDays * dayMs), now)]);
    await store.write(async (tx) => {
      for (const [id, score] of scores) {
        await setActivityScore(tx, workspaceId, id, score);
        await saveActivity(tx, workspaceId, id, score, now);
      }
    });
  }
}
