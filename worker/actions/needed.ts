import type { ContactRow } from "../../store/tables.ts";
import { StepError } from "./step-error.ts";

/** The contact that a step is about. */
export function needed(contact: ContactRow | undefined): ContactRow {
  if (!contact) throw new StepError("final", "This step needs a contact, and the run has none.");
  return contact;
}
