import type { IncomingMessage } from "node:http";
import { readBody } from "./body.ts";
import type { Note } from "./pages/inbox.ts";

const notesMax = 30;
const textMax = 1000;

/** What workflows told the made-up team, newest first; kept in memory only. */
export interface Inbox {
  notes(): readonly Note[];
  /** Takes a posted notice. Answers the HTTP status: 200, or 400 for what has no text, 413 for too much of it. */
  take(request: IncomingMessage): Promise<number>;
}

export function createInbox(now: () => number = Date.now): Inbox {
  let notes: Note[] = [];
  return {
    notes: () => notes,
    take: async (request) => {
      const text = await readBody(request);
      if (text === undefined) return 413;
      const message = messageOf(text);
      if (message === undefined) return 400;
      // A sender that did not hear the answer sends again, under the same key.
      const key = [request.headers["idempotency-key"], request.headers["webhook-id"]].find((value) => typeof value === "string");
      if (key !== undefined && notes.some((note) => note.key === key)) return 200;
      notes = [{ message, at: now(), key: key ?? "" }, ...notes].slice(0, notesMax);
      return 200;
    },
  };
}

function messageOf(text: string): string | undefined {
  try {
    const fields = fieldsOf(JSON.parse(text));
    // A connector of the kind webhook says it in `data`, Slack in `text`.
    const data = fieldsOf(fields["data"]);
    const found = [data["message"], fields["message"], fields["text"]].find((value) => typeof value === "string" && value.trim() !== "");
    return typeof found === "string" ? found.slice(0, textMax) : undefined;
  } catch {
    return undefined;
  }
}

const fieldsOf = (value: unknown): Record<string, unknown> => (typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {});
