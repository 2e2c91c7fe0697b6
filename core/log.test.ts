import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mintKey } from "./api-key.ts";

test("a key is cut short wherever it stands in a log: message, field, error, URL; line breaks stay one line", () => {
  const key = mintKey("secret");
  const script = `import { createLog } from ${JSON.stringify(join(import.meta.dirname, "log.ts"))};
    const log = createLog("info");
    const key = process.argv[1];
    log.error({ key, nested: { url: "/v1/contacts?key=" + key }, err: new Error("refused " + key) }, "asked with " + key + "\\n{\\"level\\":60}");`;
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script, key], { encoding: "utf8" });
  expect(stderr).not.toContain(key);
  expect(stderr.split(`${key.slice(0, 11)}…`).length - 1).toBeGreaterThanOrEqual(4);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
