import type { Inside, StepOf } from "./action.ts";
import { needed } from "./needed.ts";
import { StepError } from "./step-error.ts";

/** Asks for the contact's enrichment and waits for it. */
export const enrich: Inside<StepOf<"enrich">> = ({ contact }) => {
  needed(contact);
  return Promise.reject(new StepError("final", "Enrichment is not part of this version."));
};
