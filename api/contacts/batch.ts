import { ApiError, detailsOf, type ErrorDetail } from "../../core/errors.ts";
import type { Ctx } from "../../store/context.ts";
import { inSavepoint } from "../../store/savepoint.ts";
import type { Write } from "../../store/store.ts";
import { type BatchRow, ContactInput } from "./contract.ts";
import { createContact } from "./service.ts";

/**
 * Creates contacts, one result for each in order. A row that is refused fails alone; whatever goes wrong in the database itself
 * takes all of them back. `charged` are those that cost what one created alone costs.
 */
export async function createContacts(ctx: Ctx, tx: Write, inputs: readonly unknown[], onDuplicate: "error" | "return" | "update"): Promise<{ results: BatchRow[]; charged: number }> {
  const results: BatchRow[] = [];
  for (const input of inputs) results.push(await createOne(ctx, tx, input, onDuplicate));
  return { results, charged: results.filter(({ error }) => error === undefined).length };
}

async function createOne(ctx: Ctx, tx: Write, input: unknown, onDuplicate: "error" | "return" | "update"): Promise<BatchRow> {
  const parsed = ContactInput.safeParse(input);
  if (!parsed.success) return refused(new ApiError("VALIDATION_ERROR", { details: detailsOf(parsed.error) }));
  try {
    const { row, created } = await inSavepoint(tx, () => createContact(ctx, tx, parsed.data, onDuplicate));
    return { status: created ? "created" : onDuplicate === "update" ? "updated" : "duplicate", contactId: row.id };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500) throw error;
    return refused(error);
  }
}

function refused(error: ApiError): BatchRow {
  const details: ErrorDetail[] = [...(error.details ?? [])];
  const [first] = details;
  const existing = error.code === "DUPLICATE_CONTACT" && first?.existingContactId !== undefined ? { contactId: first.existingContactId } : {};
  return { status: error.code === "DUPLICATE_CONTACT" ? "duplicate" : "rejected", ...existing, error: { code: error.code, message: error.message, ...(details.length > 0 ? { details } : {}) } };
}
