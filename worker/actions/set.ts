import { updateContact } from "../../api/contacts/index.ts";
import { changedAttributes } from "../../api/runs/index.ts";
import { contactFields } from "../../core/contact-words.ts";
import type { Inside, StepOf } from "./action.ts";
import { needed } from "./needed.ts";
import { StepError } from "./step-error.ts";

/** Sets a field of the contact, or an attribute; null clears. */
export const set: Inside<StepOf<"set">> = async ({ ctx, tx, step, contact }) => {
  const row = needed(contact);
  const attribute = /^attributes\.(.*)$/.exec(step.field)?.[1];
  if (attribute === undefined) return { output: {}, contact: await updateContact(ctx, tx, row.id, { [step.field]: step.value }) };
  const attributes = changedAttributes(JSON.parse(row.attributes), attribute, step.value);
  const checked = contactFields.attributes.safeParse(attributes);
  if (!checked.success) throw new StepError("final", `The contact's attributes can't hold it: ${checked.error.issues[0]?.message ?? "not valid"}.`);
  return { output: {}, contact: await updateContact(ctx, tx, row.id, { attributes }) };
};
