import { scoreContact } from "../../api/scoring/index.ts";
import type { Inside, StepOf } from "./action.ts";
import { needed } from "./needed.ts";

/** Scores the contact by a published ICP profile; `score` of later conditions is what it finds. */
export const score: Inside<StepOf<"score">> = async ({ ctx, tx, step, contact }) => {
  const row = needed(contact);
  const found = await scoreContact(ctx, tx, row.id, step.icpProfileId);
  return { output: { score: found.score, verdict: found.verdict, icpVersion: found.icpVersion }, contact: { ...row, score: found.score }, known: { score: found.score } };
};
