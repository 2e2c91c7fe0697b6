import { setTags } from "../../api/contacts/index.ts";
import { changedTags } from "../../api/runs/index.ts";
import { contactFields } from "../../core/contact-words.ts";
import type { Inside, StepOf } from "./action.ts";
import { needed } from "./needed.ts";
import { StepError } from "./step-error.ts";

/** Adds tags that are not there, takes others away. */
export const tag: Inside<StepOf<"tag">> = async ({ ctx, tx, step, contact }) => {
  const row = needed(contact);
  const old = JSON.parse(row.tags) as string[];
  const tags = changedTags(old, step);
  if (JSON.stringify(tags) === JSON.stringify(old)) return { output: { tags, changed: false } };
  if (!contactFields.tags.safeParse(tags).success) throw new StepError("final", "The contact would have more than 100 tags.");
  return { output: { tags, changed: true }, contact: await setTags(ctx, tx, row, tags) };
};
