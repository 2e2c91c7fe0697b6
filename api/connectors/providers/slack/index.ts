import { z } from "zod";
import { line, webUrl } from "../../../../core/text-words.ts";
import { ConnectorError } from "../../call-words.ts";
import { type Done, type Outside, provider } from "../../provider.ts";
import { type Answered, ask, checkBase, failureOf, isSuccess, rateLimited, sendJson, textAt } from "../http.ts";

const official = "https://slack.com/api";
const textMax = 38_000;

const config = z
  .strictObject({
    webhookUrl: webUrl.optional().meta({ description: "Of an incoming webhook: https://hooks.slack.com/services/…" }),
    botToken: line(300).optional().meta({ description: "xoxb-…, with the scope chat:write" }),
    channel: line(100).optional().meta({ description: "Where the bot posts: an id like C024BE91L, or #name" }),
    baseUrl: webUrl.optional(),
  })
  .refine((given) => (given.webhookUrl === undefined) !== (given.botToken === undefined), { path: ["webhookUrl"], message: "Give either webhookUrl, or botToken and channel." })
  .refine((given) => given.botToken === undefined || given.channel !== undefined, { path: ["channel"], message: "A bot needs a channel to post to." });
type Config = z.output<typeof config>;

const ofCredentials = /^(invalid_auth|not_authed|account_inactive|token_revoked|token_expired|missing_scope|no_permission|org_login_required|ekm_access_denied|no_service|no_service_id|no_team|team_disabled|invalid_token|action_prohibited|posting_to_general_channel_denied)$/;
const ofPlace = /^(channel_not_found|not_in_channel|is_archived|channel_is_archived|restricted_action.*)$/;
const ofMoment = /^(internal_error|fatal_error|service_unavailable|request_timeout|rollup_error|accesslimited|team_added_to_org)$/;

export const slack = provider({
  slug: "slack",
  name: "Slack",
  category: "messaging",
  docs: "https://api.slack.com/messaging/webhooks",
  config,
  secrets: ["webhookUrl", "botToken"],
  calls: ["notify"],
  target: (given) => new URL(given.webhookUrl ?? given.baseUrl ?? official).origin,
  check: (outside, given) => checkBase(outside, given.baseUrl, official),

  probe: async (outside, given): Promise<Done["detail"]> => {
    if (given.webhookUrl === undefined) {
      const answer = await askBot(outside, given, "auth.test", {});
      return { team: textAt(answer.json, "team") ?? null, user: textAt(answer.json, "user") ?? null };
    }
    // A webhook that takes messages answers an empty one with this; posting one only to probe would be noise.
    const answer = await ask(outside, "Slack", given.webhookUrl, sendJson({ text: "" }));
    if (answer.status === 400 && /^(no_text|invalid_payload)/.test(answer.text)) return { webhook: true };
    throw isSuccess(answer.status) ? new ConnectorError("refused", "This address does not answer like a Slack webhook.") : webhookFailure(outside, answer);
  },

  call: async (outside, given, call): Promise<Done> => {
    const text = escape(call.subject === undefined ? call.message : `${call.subject}\n${call.message}`).slice(0, textMax);
    if (given.webhookUrl !== undefined) {
      if (call.to !== undefined) throw new ConnectorError("bad_request", "A Slack webhook posts to its own channel only: leave `to` out, or connect a bot token.");
      const answer = await ask(outside, "Slack", given.webhookUrl, sendJson({ text }));
      if (!isSuccess(answer.status)) throw webhookFailure(outside, answer);
      return { status: "sent", detail: {} };
    }
    const answer = await askBot(outside, given, "chat.postMessage", { channel: call.to ?? given.channel, text, unfurl_links: false }, call.to !== undefined);
    return { status: "sent", detail: { channel: textAt(answer.json, "channel") ?? null, ts: textAt(answer.json, "ts") ?? null } };
  },
});

/** So that a name or note of a stranger's can call nobody (<!channel>, <@U1>) and hide no link behind other words. */
const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

async function askBot(outside: Outside, given: Config, method: string, body: unknown, placeIsOfCall = false): Promise<Answered> {
  const answer = await ask(outside, "Slack", `${given.baseUrl?.replace(/\/$/, "") ?? official}/${method}`, sendJson(body, { authorization: `Bearer ${given.botToken}` }));
  const code = textAt(answer.json, "error") ?? "";
  if (isSuccess(answer.status) && (answer.json as { ok?: unknown } | undefined)?.ok === true) return answer;
  if (!isSuccess(answer.status)) throw failureOf(outside, "Slack", answer, code);
  if (code === "ratelimited" || code === "rate_limited") throw rateLimited("Slack asks to wait", answer.headers, outside.clock.now());
  throw new ConnectorError(kindOf(code, placeIsOfCall), code === "" ? "Slack did not say whether it was done." : `Slack: ${code}`, { maybeDone: code === "" });
}

function webhookFailure(outside: Outside, answer: Answered): ConnectorError {
  const code = /^[a-z_]{3,60}$/.exec(answer.text.trim())?.[0] ?? "";
  const failure = failureOf(outside, "Slack", answer, code);
  // Slack answers 404 and 410 for a webhook that somebody took away, with its channel or alone.
  const gone = ofCredentials.test(code) || ofPlace.test(code) || answer.status === 404 || answer.status === 410;
  return gone ? new ConnectorError("auth", failure.message) : failure;
}

function kindOf(code: string, placeIsOfCall: boolean): ConnectorError["kind"] {
  if (ofCredentials.test(code)) return "auth";
  if (ofPlace.test(code)) return placeIsOfCall ? "bad_request" : "refused";
  return code === "" || ofMoment.test(code) ? "retry" : "bad_request";
}
