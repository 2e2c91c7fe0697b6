import { createHmac, timingSafeEqual } from "node:crypto";
import { invalid } from "./errors.ts";

/**
 * Opaque page positions: the last row's sort values, signed and bound to what they were made for (workspace, sort,
 * filters), so that a cursor can't be forged, carried to another tenant, or used with another filter.
 */
export interface Cursors {
  make(position: readonly (string | number | null)[], binding: unknown): string;
  /** Throws VALIDATION_ERROR for every kind of misuse. */
  read(cursor: string, binding: unknown): (string | number | null)[];
}

export function createCursors(secret: string): Cursors {
  const sign = (payload: string, binding: unknown) =>
    createHmac("sha256", secret).update("cursor").update(JSON.stringify(binding)).update(payload).digest().subarray(0, 12);
  return {
    make: (position, binding) => {
      const payload = Buffer.from(JSON.stringify(position)).toString("base64url");
      return `${payload}.${sign(payload, binding).toString("base64url")}`;
    },
    read: (cursor, binding) => {
      const [payload = "", signature = "", more] = cursor.length > 1000 ? [] : cursor.split(".");
      const given = Buffer.from(signature);
      const wanted = Buffer.from(sign(payload, binding).toString("base64url"));
      if (more !== undefined || given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
        throw invalid("cursor", "invalid_cursor", "This cursor is not of this list: use nextCursor of the previous page with the same filters.");
      }
      return JSON.parse(Buffer.from(payload, "base64url").toString()) as (string | number | null)[];
    },
  };
}
