import { z } from "zod";
import { line, webUrl } from "../../../../core/text-words.ts";
import { ConnectorError } from "../../call-words.ts";
import { type Done, type Outside, provider } from "../../provider.ts";
import { type Answered, ask, checkBase, failureOf, isSuccess, sendJson, textAt, valueAt } from "../http.ts";
import { answerOf, modelTimeoutMs, promptOf, tokensUsual } from "../model.ts";

const official = "https://api.anthropic.com";
const apiVersion = "2023-06-01";

const config = z.strictObject({
  apiKey: line(500),
  model: line(200).meta({ description: "An id of the models that the key may use" }),
  baseUrl: webUrl.optional(),
});
type Config = z.output<typeof config>;

export const anthropic = provider({
  slug: "anthropic",
  name: "Anthropic",
  category: "model",
  docs: "https://docs.anthropic.com/en/api/messages",
  config,
  secrets: ["apiKey"],
  calls: ["complete"],
  target: (given) => new URL(given.baseUrl ?? official).origin,
  check: (outside, given) => checkBase(outside, given.baseUrl, official),
  probe: async (outside, given) => {
    const answer = await request(outside, given, `/v1/models/${encodeURIComponent(given.model)}`);
    return { model: textAt(answer.json, "id") ?? given.model };
  },
  call: async (outside, given, call): Promise<Done> => {
    const { system, user } = promptOf(call);
    const answer = await request(outside, given, "/v1/messages", { model: given.model, max_tokens: call.tokensMax ?? tokensUsual, system, messages: [{ role: "user", content: user }] });
    const stopped = textAt(answer.json, "stop_reason");
    if (stopped === "max_tokens") throw new ConnectorError("bad_request", "The model's answer is longer than tokensMax.");
    if (stopped === "refusal") throw new ConnectorError("bad_request", "The model declined to answer.");
    const blocks = valueAt(answer.json, ["content"]);
    const text = Array.isArray(blocks) ? blocks.flatMap((block) => (textAt(block, "type") === "text" ? (textAt(block, "text") ?? []) : [])).join("") : undefined;
    return { status: "answered", detail: { model: given.model, tokensIn: numberAt(answer, "input_tokens"), tokensOut: numberAt(answer, "output_tokens") }, answer: answerOf(call, "The model", text) };
  },
});

async function request(outside: Outside, given: Config, path: string, body?: unknown): Promise<Answered> {
  const headers = { "x-api-key": given.apiKey, "anthropic-version": apiVersion };
  const sent = body === undefined ? { headers } : sendJson(body, headers);
  const answer = await ask(outside, "Anthropic", (given.baseUrl?.replace(/\/$/, "") ?? official) + path, { ...sent, timeoutMs: modelTimeoutMs });
  if (isSuccess(answer.status)) return answer;
  throw failureOf(outside, "Anthropic", answer, textAt(answer.json, "error", "message"));
}

function numberAt(answer: Answered, name: string): number | null {
  const value = valueAt(answer.json, ["usage", name]);
  return typeof value === "number" ? value : null;
}
