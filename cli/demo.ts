import { randomBytes } from "node:crypto";
import { createConnector } from "../api/connectors/index.ts";
import { createWorkflow, setWorkflowStatus } from "../api/workflows/index.ts";
import type { Parts } from "../api/http/context.ts";
import { contextOf } from "../store/work.ts";

/**
 * Gives a new workspace something to look at: a workflow that tells the demo site's team when a known person opens its prices. Real parts all
 * through: a connector that posts, signed, to the team's inbox on the demo site.
 */
export async function createDemoWorkflow(parts: Parts, workspaceId: string, inboxUrl: string): Promise<void> {
  const ctx = await contextOf(parts, workspaceId, { kind: "cli", id: "start" });
  if (!ctx) return;
  await parts.store.write(async (tx) => {
    const secret = `whsec_${randomBytes(32).toString("base64")}`;
    const inbox = await createConnector(ctx, tx, parts, { integrationSlug: "webhook", name: "The demo team's inbox", config: { url: inboxUrl, secret } });
    const who = "{{ contact.firstName | default: contact.email }}";
    const workflow = await createWorkflow(ctx, tx, {
      name: "Known person on the prices",
      trigger: { on: "signal", types: ["website_visit"], priorities: [], sources: [], page: "/pricing*" },
      steps: [
        { do: "tag", add: ["saw the prices"] },
        { do: "task", title: `Call ${who}` },
        { do: "notify", connectorId: inbox.id, message: `${who} is on {{ signal.page }}` },
      ],
      cooldownHours: 0,
    });
    await setWorkflowStatus(ctx, tx, workflow.id, "active");
  });
  parts.news.tell(workspaceId);
}
