import { endEnrollments } from "../../api/sequences/index.ts";
import type { Inside, StepOf } from "./action.ts";
import { needed } from "./needed.ts";

/** Stops the contact's enrollments, or the one in a sequence. */
export const unenroll: Inside<StepOf<"unenroll">> = async ({ ctx, tx, step, contact }) => {
  const stopped = await endEnrollments(tx, ctx, needed(contact).id, "workflow", step.sequenceId);
  return { output: { stopped } };
};
