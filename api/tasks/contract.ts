import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, id, limit, pageFields, params } from "../../core/query-words.ts";
import { line, text } from "../../core/text-words.ts";

export const taskStatuses = ["open", "done", "dismissed"] as const;
const taskKinds = ["call", "linkedin", "email", "other"] as const;

export const Task = z.object({
  id: z.string(),
  contactId: z.string().nullable(),
  kind: z.enum(taskKinds),
  title: z.string(),
  notes: z.string().nullable(),
  status: z.enum(taskStatuses),
  /** Who made it, and the run or enrollment that did. */
  source: z.enum(["workflow", "sequence", "api"]),
  sourceId: z.string().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
  closedAt: z.number().nullable(),
});
export type Task = z.infer<typeof Task>;

export const listTasks = endpoint({
  key: "tasks.list", method: "GET", path: "/tasks", access: "workflows:read", credits: 0,
  summary: "What people are asked to do, newest first",
  query: z.object({ limit: limit(100, 50), cursor, status: z.enum(taskStatuses).optional(), contactId: id.optional() }),
  answers: { 200: z.object({ tasks: z.array(Task), ...pageFields }) },
});
export const getTask = endpoint({ key: "tasks.get", method: "GET", path: "/tasks/:id", access: "workflows:read", credits: 0, summary: "One task", params, answers: { 200: Task } });
export const updateTask = endpoint({
  key: "tasks.update", method: "PATCH", path: "/tasks/:id", access: "workflows:write", credits: 0,
  summary: "Close a task, open it again, or word it otherwise",
  description: "Absent fields are kept; null clears the notes.",
  params,
  body: z.strictObject({ status: z.enum(taskStatuses), title: line(300), notes: text(5000).nullable() }).partial(),
  answers: { 200: Task },
  examples: [{ params: { id: "q93a..." }, body: { status: "done", notes: "Left a message" } }],
});
