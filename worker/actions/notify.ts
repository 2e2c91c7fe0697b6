import { callConnector, ConnectorError } from "../../api/connectors/index.ts";
import type { Outside, StepOf } from "./action.ts";
import { StepError } from "./step-error.ts";

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Tells the team by one of the workspace's connectors: Slack, a webhook, mail. */
export const notify: Outside<StepOf<"notify">> = async (work, { ctx, step, input, idempotencyKey }) => {
  const message = textOf(input["message"]);
  if (message === undefined) throw new StepError("final", "The message is empty.");
  const call = { do: "notify", message, subject: textOf(input["subject"]), to: textOf(input["to"]), idempotencyKey } as const;
  const result = await callConnector(work, ctx, step.connectorId, call).catch((error: unknown) => {
    throw toStepError(error);
  });
  return { status: result.status, ...result.detail };
};

function toStepError(error: unknown): unknown {
  if (!(error instanceof ConnectorError)) return error;
  const kind = error.kind === "retry" ? "retry" : error.kind === "rate_limited" || error.kind === "unavailable" ? "later" : "final";
  return new StepError(kind, error.message, { retryAfterMs: error.retryAfterMs, cause: error });
}
