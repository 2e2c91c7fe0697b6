import { z } from "zod";
import { line, webUrl } from "../../../../core/text-words.ts";
import { ConnectorError } from "../../call-words.ts";
import { type Done, type Outside, provider } from "../../provider.ts";
import { type Answered, ask, failureOf, isSuccess, sendJson, textAt, valueAt } from "../http.ts";
import { answerOf, modelTimeoutMs, promptOf, tokensUsual } from "../model.ts";

const config = z.strictObject({
  baseUrl: webUrl.default("https://api.openai.com/v1").meta({ description: "Of any server that speaks /chat/completions" }),
  apiKey: line(500).optional().meta({ description: "Some servers of one's own need none" }),
  model: line(200),
  /** How the server is made to answer with JSON. */
  format: z.enum(["json_schema", "json_object", "text"]).default("json_schema").meta({ description: "json_schema where the server knows it; the answer is checked all the same" }),
});
type Config = z.output<typeof config>;

export const openaiCompatible = provider({
  slug: "openai-compatible",
  name: "OpenAI-compatible model",
  category: "model",
  docs: "https://platform.openai.com/docs/api-reference/chat",
  config,
  secrets: ["apiKey"],
  calls: ["complete"],
  target: (given) => new URL(given.baseUrl).origin,
  probe: async (outside, given) => {
    const answer = await request(outside, given, "/models");
    const models = valueAt(answer.json, ["data"]);
    const ids = Array.isArray(models) ? models.flatMap((model) => textAt(model, "id") ?? []) : [];
    if (ids.length > 0 && !ids.includes(given.model)) throw new ConnectorError("refused", "The server does not offer this model.");
    return { model: given.model, listed: ids.length > 0 };
  },
  call: async (outside, given, call): Promise<Done> => {
    const { system, user, schema } = promptOf(call);
    const format = given.format === "json_schema" ? { type: "json_schema", json_schema: { name: "answer", strict: true, schema } } : { type: given.format };
    const answer = await request(outside, given, "/chat/completions", {
      model: given.model,
      messages: [{ role: "system", content: system }, { role: "user", content: user }],
      response_format: format,
      max_completion_tokens: call.tokensMax ?? tokensUsual,
    });
    const choice = valueAt(answer.json, ["choices", "0"]);
    if (textAt(choice, "finish_reason") === "length") throw new ConnectorError("bad_request", "The model's answer is longer than tokensMax.");
    if (textAt(choice, "message", "refusal") !== undefined) throw new ConnectorError("bad_request", "The model declined to answer.");
    return { status: "answered", detail: { model: given.model, tokensIn: numberAt(answer, "prompt_tokens"), tokensOut: numberAt(answer, "completion_tokens") }, answer: answerOf(call, "The model", textAt(choice, "message", "content")) };
  },
});

async function request(outside: Outside, given: Config, path: string, body?: unknown): Promise<Answered> {
  const headers: Record<string, string> = given.apiKey === undefined ? {} : { authorization: `Bearer ${given.apiKey}` };
  const sent = body === undefined ? { headers } : sendJson(body, headers);
  const answer = await ask(outside, "The model's server", given.baseUrl.replace(/\/$/, "") + path, { ...sent, timeoutMs: modelTimeoutMs });
  if (isSuccess(answer.status)) return answer;
  // Out of money is told as 429 as well, and waiting does not help.
  if (textAt(answer.json, "error", "code") === "insufficient_quota") throw new ConnectorError("auth", "The model's account has no quota left.");
  throw failureOf(outside, "The model's server", answer, textAt(answer.json, "error", "message"));
}

function numberAt(answer: Answered, name: string): number | null {
  const value = valueAt(answer.json, ["usage", name]);
  return typeof value === "number" ? value : null;
}
