import { OperatorError } from "../core/errors.ts";
import { seal, unseal } from "../core/seal.ts";
import { deriveSecret, findInstanceSecret, instanceSecret } from "../core/secret.ts";
import type { Read, Store, Write } from "./store.ts";

const purpose = "seal check";
const words = "owlbound";

/**
 * The instance's secret; made on the first start. Throws OperatorError where sealed secrets lie in the database and the secret
 * that opens them is gone or another (security row 38): a new one would only hide that they are lost.
 */
export async function openInstanceSecret(store: Store, dataDir: string, given: string | undefined): Promise<string> {
  const there = findInstanceSecret(dataDir, given);
  const check = await store.read.selectFrom("seal_check").select("sealed").where("id", "=", 1).executeTakeFirst();
  const fits = there !== undefined && check !== undefined && opens(there, check.sealed);
  if (fits) return there;
  // What was sealed before there was a check is trusted to the secret that is there.
  const unknown = there !== undefined && check === undefined;
  if (!unknown && (await hasSealed(store.read))) {
    throw new OperatorError(
      `The database holds sealed secrets of connectors or webhooks, and ${there === undefined ? `there is no ${dataDir}/secret.key to open them` : "the secret of this server does not open them"}. ` +
        "Put the file back, or set OWLBOUND_SECRET to what it was. If it is lost: owlbound secrets forget (connectors are then reconnected, webhooks' secrets rotated).",
    );
  }
  const secret = there ?? instanceSecret(dataDir, given);
  await store.write((tx) => keepCheck(tx, secret));
  return secret;
}

/** Gives up every sealed secret whose key is lost. Answers how many connectors, webhooks and signed inbound hooks need new ones. */
export async function forgetSealed(store: Store): Promise<{ connectors: number; webhooks: number; signedInboundHooks: number }> {
  return store.write(async (tx) => {
    const ids = await tx.updateTable("connectors").set({ secrets: "{}" }).where("secrets", "<>", "{}").returning(["workspace_id", "id"]).execute();
    for (const { workspace_id, id } of ids) {
      await tx.updateTable("connector_states").set({ last_error_kind: "forgotten", last_error: null }).where("workspace_id", "=", workspace_id).where("connector_id", "=", id).execute();
    }
    const webhooks = await tx.updateTable("webhooks").set({ secret: "", old_secret: null, old_secret_until: null, status: "disabled" }).where("secret", "<>", "").returning("id").execute();
    const signed = await tx.updateTable("inbound_hooks").set({ secret: "", old_secret: null, old_secret_until: null }).where("secret", "<>", "").returning("id").execute();
    await tx.updateTable("inbound_hooks").set({ token: "" }).execute();
    await tx.deleteFrom("seal_check").execute();
    return { connectors: ids.length, webhooks: webhooks.length, signedInboundHooks: signed.length };
  });
}

/** THE list of what is sealed. */
async function hasSealed(db: Read): Promise<boolean> {
  const connector = await db.selectFrom("connectors").select("id").where("secrets", "<>", "{}").limit(1).executeTakeFirst();
  const webhook = connector ?? (await db.selectFrom("webhooks").select("id").where("secret", "<>", "").limit(1).executeTakeFirst());
  const hook = webhook ?? (await db.selectFrom("inbound_hooks").select("id").where("token", "<>", "").limit(1).executeTakeFirst());
  return hook !== undefined;
}

async function keepCheck(tx: Write, secret: string): Promise<void> {
  const sealed = seal(deriveSecret(secret, purpose), [purpose], words);
  await tx.insertInto("seal_check").values({ id: 1, sealed }).onConflict((on) => on.column("id").doUpdateSet({ sealed })).execute();
}

function opens(secret: string, sealed: string): boolean {
  try {
    return unseal(deriveSecret(secret, purpose), [purpose], sealed) === words;
  } catch {
    return false;
  }
}
