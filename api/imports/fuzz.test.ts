import fc from "fast-check";
import { expect, test } from "vitest";
import { startApi } from "../../test/support/api.ts";
import { sendFile, settled } from "../../test/support/imports.ts";

const parts = ['"', '""', ",", ";", "\t", "\n", "\r", "\r\n", " ", "email", "firstName", "attributes", "attributes.x", "tags", "status", "a@b.test", "=1", "{", '{"a":1}', "[", "\ufeff", "\u202e", "😀", "x".repeat(300)];
const text = fc.array(fc.constantFrom(...parts), { maxLength: 80 }).map((some) => Buffer.from(some.join("")));
const withHeader = text.map((rest) => Buffer.concat([Buffer.from("firstName,email,attributes.x,tags\n"), rest]));
const bytes = fc.uint8Array({ maxLength: 400 }).map((some) => Buffer.from(some));
const file = fc.oneof({ weight: 2, arbitrary: withHeader }, text, bytes, bytes.map((some) => Buffer.concat([Buffer.from([0xff, 0xfe]), some])), withHeader.map((some) => Buffer.from(some.toString("utf8"), "utf16le")));
const contentType = fc.constantFrom("text/csv", "text/csv; charset=utf-16be", "text/csv; charset=windows-1252", "text/csv; charset=", "text/plain", "application/json");
const query = fc.oneof(fc.constant(""), fc.record({ on_duplicate: fc.constantFrom("skip", "fill", "overwrite", "x"), mapping: fc.oneof(fc.json(), fc.constantFrom('{"email":"name"}', "{}", "[]")) }).map((some) => `?${new URLSearchParams(some).toString()}`));

test("whatever is sent is refused in the envelope or ends as a preview that can be committed: never a 5xx, never a hang", async () => {
  const api = await startApi();
  await fc.assert(
    fc.asyncProperty(file, contentType, query, async (body, type, search) => {
      const sent = await sendFile(api, body, search, { headers: { "content-type": type } });
      if (sent.status !== 202) {
        expect([400, 415]).toContain(sent.status);
        expect(sent.body.error).toMatchObject({ code: expect.any(String), message: expect.any(String), requestId: expect.any(String) });
        return;
      }
      const ready = await settled(api, sent.body.data.id);
      expect(ready).toMatchObject({ status: "ready", error: null });
      expect((await api.call("POST", `/v1/imports/${ready.id}/commit`)).status).toBe(202);
      const { status, preview, result, progress } = await settled(api, ready.id);
      expect([status, result.created, result.updated, result.rejected, result.changed]).toEqual(["committed", preview.create, preview.update, preview.reject, 0]);
      expect(preview.create + preview.update + preview.skip + preview.reject).toBe(progress.total);
    }),
    { numRuns: 120 },
  );
});
