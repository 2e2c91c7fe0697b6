import type { Inside, StepOf } from "./action.ts";
import { needed } from "./needed.ts";
import { StepError } from "./step-error.ts";

/** Scores the contact by a published ICP profile; `score` of later conditions is what it finds. */
export const score: Inside<StepOf<"score">> = ({ contact }) => {
  needed(contact);
  return Promise.reject(new StepError("final", "Scoring is not part of this version."));
};
