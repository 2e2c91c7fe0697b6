import { createTask } from "../../api/tasks/index.ts";
import type { Inside, StepOf } from "./action.ts";

/** Asks people to do something. */
export const task: Inside<StepOf<"task">> = async ({ ctx, tx, run, step, input }) => {
  const title = String(input["title"] ?? "");
  const notes = typeof input["notes"] === "string" ? input["notes"] : null;
  // A template may turn out to be empty; a task without a title can't be found again.
  const taskId = await createTask(ctx, tx, { contact_id: run.contact_id, kind: step.kind ?? "other", title: title === "" ? "Task" : title, notes, source: "workflow", source_id: run.id });
  return { output: { taskId } };
};
