import { createHash } from "node:crypto";
import type { WorkflowRunRow } from "../../store/tables-runs.ts";
import type { Facts } from "../conditions/index.ts";
import { type PlainStep, renderLine, renderTemplate } from "../workflows/index.ts";

const hourMs = 3_600_000;
const titleMax = 300;
const notesMax = 5000;

/** What a step is about to do, its templates filled in: what history and tests of workflows show. Throws when a template can't be filled in. */
export function inputOf(step: PlainStep, facts: Facts): Record<string, unknown> {
  switch (step.do) {
    case "notify":
      return {
        connectorId: step.connectorId,
        message: renderTemplate(step.message, facts),
        ...(step.subject === undefined ? {} : { subject: renderLine(step.subject, facts, titleMax) }),
        ...(step.to === undefined ? {} : { to: step.to }),
      };
    case "task":
      return { title: renderLine(step.title, facts, titleMax), notes: step.notes === undefined ? null : renderTemplate(step.notes, facts).slice(0, notesMax).toWellFormed(), kind: step.kind ?? "other" };
    case "webhook":
      return { url: withoutSecrets(step.url), data: webhookData(facts) };
    case "wait":
      return { until: facts.now + waitMs(step) };
    default: {
      const { do: _, onError: __, ...rest } = step as Extract<PlainStep, { onError?: unknown }>;
      return rest;
    }
  }
}

export function waitMs(step: Extract<PlainStep, { do: "wait" }>): number {
  return Math.round((step.seconds ?? 0) * 1000 + (step.hours ?? 0) * hourMs + (step.days ?? 0) * 24 * hourMs);
}

/** What a webhook step tells of the person and the signal. */
function webhookData({ contact, company, signal, score }: Facts): Record<string, unknown> {
  return { contact, company, signal, score };
}

/** A web address as it may be shown: what stands in its query may be a token. */
export function withoutSecrets(url: string): string {
  const parsed = new URL(url);
  for (const name of new Set(parsed.searchParams.keys())) parsed.searchParams.set(name, "…");
  return decodeURI(parsed.href).replaceAll("%E2%80%A6", "…");
}

/** The same for each try of a step, after a crash as well: of the signal (or event), the workflow and the step. */
export function idempotencyKeyOf(run: Pick<WorkflowRunRow, "workspace_id" | "workflow_id" | "origin">, path: string): string {
  return `owl_${createHash("sha256").update(JSON.stringify([run.workspace_id, run.origin, run.workflow_id, path])).digest("base64url").slice(0, 32)}`;
}
