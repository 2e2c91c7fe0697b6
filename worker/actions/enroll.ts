import { enroll as enrollContact } from "../../api/sequences/index.ts";
import { attempt, isRefusal } from "../../store/savepoint.ts";
import type { Inside, StepOf } from "./action.ts";
import { needed } from "./needed.ts";

/** Enrolls the contact by the sequence's own checks. One that is in it already is where it should be. */
export const enroll: Inside<StepOf<"enroll">> = async ({ ctx, tx, step, contact }) => {
  const { id } = needed(contact);
  const tried = await attempt(tx, () => enrollContact(ctx, tx, step.sequenceId, { contactId: id, source: "workflow" }), isRefusal);
  if (tried.ok) return { output: { enrollmentId: tried.value.enrollmentId, enrolled: true }, known: { enrollment: { id: tried.value.enrollmentId, sequenceId: step.sequenceId, status: "active", endReason: null } } };
  if (tried.refusal.code === "ALREADY_ENROLLED") return { output: { enrolled: false, reason: tried.refusal.code } };
  throw tried.refusal;
};
