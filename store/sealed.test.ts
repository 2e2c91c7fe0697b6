import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { getConnector } from "../api/connectors/service.ts";
import { startServer } from "../cli/server.ts";
import { parseConfig } from "../core/config.ts";
import { seal } from "../core/seal.ts";
import { deriveSecret } from "../core/secret.ts";
import { startPlugged } from "../test/support/plugged.ts";
import { dialects } from "../test/support/stores.ts";
import { forgetSealed, openInstanceSecret } from "./sealed.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "owlbound-sealed-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe.each(dialects)("the key of sealed secrets on %s", (_name, open) => {
  test("is made on the first start, found on the next, and may be replaced while nothing is sealed", async () => {
    const { store } = await startPlugged(open);
    const dir = folder();
    const made = await openInstanceSecret(store, dir, undefined);
    expect(made).toMatch(/^[\w-]{43}$/);
    expect(await openInstanceSecret(store, dir, undefined)).toBe(made);
    rmSync(join(dir, "secret.key"));
    expect(await openInstanceSecret(store, dir, undefined)).not.toBe(made);
    expect(await openInstanceSecret(store, dir, "x".repeat(32))).toBe("x".repeat(32));
  });

  test("has to be there once something is sealed: no start without it, and none with another", async () => {
    const { store, add } = await startPlugged(open);
    const dir = folder();
    const secret = await openInstanceSecret(store, dir, undefined);
    await add("slack", { webhookUrl: "https://hooks.slack.com/services/x" });
    expect(await openInstanceSecret(store, dir, undefined)).toBe(secret);
    await expect(openInstanceSecret(store, dir, "another secret, also long enough")).rejects.toThrow(/does not open them.*OWLBOUND_SECRET/);
    rmSync(join(dir, "secret.key"));
    await expect(openInstanceSecret(store, dir, undefined)).rejects.toThrow(/there is no .*secret\.key/);
    // Refused before a new one was made, which would only hide the loss.
    await expect(openInstanceSecret(store, dir, undefined)).rejects.toThrow(/there is no .*secret\.key/);
    writeFileSync(join(dir, "secret.key"), `${secret}\n`);
    expect(await openInstanceSecret(store, dir, undefined)).toBe(secret);
  });

  test("can be given up: connectors then need to be reconnected, webhooks a new secret", async () => {
    const { store, add, ctx, failure } = await startPlugged(open);
    const dir = folder();
    await openInstanceSecret(store, dir, undefined);
    const { id } = await add("slack", { webhookUrl: "https://hooks.slack.com/services/x" });
    const now = ctx.clock.now();
    const sealed = seal(deriveSecret("x", "webhooks"), ["w"], "whsec_x");
    await store.write((tx) => tx.insertInto("webhooks").values({ workspace_id: ctx.workspace.id, id: "h", url: "https://a.example", description: null, events: "[]", status: "enabled", secret: sealed, old_secret: sealed, old_secret_until: null, failures: 0, failing_since: null, hold_until: null, last_success_at: null, disabled_at: null, disabled_reason: null, created_at: now, updated_at: now }).execute());
    rmSync(join(dir, "secret.key"));
    await expect(openInstanceSecret(store, dir, undefined)).rejects.toThrow(/secrets forget/);
    expect(await forgetSealed(store)).toEqual({ connectors: 1, webhooks: 1, signedInboundHooks: 0 });
    await openInstanceSecret(store, dir, undefined);
    expect(await store.read.selectFrom("webhooks").select(["status", "secret", "old_secret"]).execute()).toEqual([{ status: "disabled", secret: "", old_secret: null }]);
    expect(await getConnector(ctx, id)).toMatchObject({ config: {}, health: { status: "needs_reauth", reasons: ["Its credentials are gone. Reconnect it."] } });
    expect(await failure(id, { do: "notify", message: "x", idempotencyKey: "k" })).toMatchObject({ kind: "refused" });
  });
});

test("a server whose key is lost does not start, names the fix, and leaves no key behind", async () => {
  const dir = folder();
  const config = parseConfig({ port: "0", data: dir, "log-level": "silent" }, {});
  const first = await startServer(config);
  const { store } = first;
  await store.write((tx) => tx.insertInto("connectors").values({ workspace_id: "w", id: "c", integration: "slack", name: "x", enabled: 1, target: null, config: "{}", secrets: '{"webhookUrl":"v1.x"}', credentials_at: 1, created_at: 1, updated_at: 1, archived_at: null }).execute());
  await first.close();
  rmSync(join(dir, "secret.key"));
  await expect(startServer(config)).rejects.toThrow(/secret\.key.*Put the file back/s);
  await expect(startServer(config)).rejects.toThrow(/there is no/);
});
