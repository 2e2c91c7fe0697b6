import { parseArgs, type ParseArgsConfig } from "node:util";
import { createSetupToken } from "../api/console/index.ts";
import { changeKeyOrigins, changePlan, createKey, createWorkspace, listKeyOrigins, listKeys, listWorkspaces, plans, revokeKey, rotateKey, rotationOverlapsMs } from "../api/keys/index.ts";
import { capPeriods, findCreditCap, removeCreditCap, setCreditCap } from "../api/usage/index.ts";
import { type Config, parseConfig, settings } from "../core/config.ts";
import { ApiError, OperatorError } from "../core/errors.ts";
import { instanceSecret } from "../core/secret.ts";
import { forgetSealed } from "../store/sealed.ts";
import type { Store } from "../store/store.ts";
import { identitySecret, openConfigured, startServer } from "./server.ts";
import { untilStopped } from "./stop.ts";

const usage = `owlbound <command> [--data DIR] [--database-url URL]

  serve                        --port N --host H --visitor-limit N … ; every setting is listed by: owlbound serve --help
  workspace create             --name N [--plan ${plans.join("|")}] [--json]
  workspace list               [--json]
  workspace plan ID            --plan ${plans.join("|")} [--json]
  workspace cap ID             [--credits N [--period ${capPeriods.join("|")}] | --off] [--json]   how many credits it may use
  key create                   --workspace ID --type secret|publishable [--name N] [--scopes a,b] [--expires ISO] [--origin O]… [--mode anonymous|consent|identified] [--json]
  key list                     [--workspace ID] [--json]
  key revoke ID
  key rotate ID                [--overlap ${Object.keys(rotationOverlapsMs).join("|")}] [--expires ISO|never] [--json]
  key origins ID               [--allow A,B] [--remove A,B] [--json]   the sites that a publishable key takes signals from
  key identity-secret ID       signs identify calls of a publishable key
  secrets forget               [--json]   gives up the sealed secrets of connectors and webhooks, after secret.key was lost
  console link                 [--workspace ID] [--url URL]   a one-time link that opens the console`;

const options = {
  ...Object.fromEntries(Object.values(settings).map(({ flag }) => [flag, { type: "string" as const }])),
  workspace: { type: "string" },
  name: { type: "string" },
  plan: { type: "string" },
  type: { type: "string" },
  scopes: { type: "string" },
  expires: { type: "string" },
  origin: { type: "string", multiple: true },
  mode: { type: "string" },
  allow: { type: "string" },
  remove: { type: "string" },
  overlap: { type: "string" },
  credits: { type: "string" },
  period: { type: "string" },
  off: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} satisfies ParseArgsConfig["options"];

interface Args {
  flags: Record<string, string | undefined>;
  origins: string[];
  json: boolean;
  off: boolean;
  id: string | undefined;
}

type Command = (store: Store, args: Args, config: Config) => Promise<unknown>;

const commands: Record<string, Command> = {
  "workspace create": async (store, { flags, json }) => {
    const plan = plans.find((p) => p === flags["plan"]);
    if (flags["plan"] !== undefined && plan === undefined) throw new OperatorError(`--plan is one of ${plans.join(", ")}.`);
    const workspace = await createWorkspace(store, Date.now(), { name: need(flags, "name"), plan });
    return json ? { id: workspace.id } : `Workspace ${workspace.name}: ${workspace.id}`;
  },
  "workspace list": async (store, { json }) => {
    const rows = await listWorkspaces(store.read);
    return json ? rows : rows.map((w) => `${w.id}  ${w.plan}  ${w.name}`).join("\n");
  },
  "workspace plan": async (store, { id, flags, json }) => {
    const row = await changePlan(store, Date.now(), needId(id, "workspace"), oneOf("plan", need(flags, "plan"), plans));
    return json ? { id: row.id, plan: row.plan } : `Workspace ${row.name} is on the plan ${row.plan}.`;
  },
  "workspace cap": async (store, { id, flags, json, off }) => {
    const workspaceId = needId(id, "workspace");
    if (off) await removeCreditCap(store, Date.now(), workspaceId);
    const credits = flags["credits"];
    if (!off && credits !== undefined) {
      if (!/^\d{1,15}$/.test(credits)) throw new OperatorError(`--credits ${credits} is no whole number of 0 or more.`);
      await setCreditCap(store, Date.now(), workspaceId, { credits: Number(credits), period: oneOf("period", flags["period"] ?? "month", capPeriods) });
    }
    const cap = await findCreditCap(store, Date.now(), workspaceId);
    if (json) return { id: workspaceId, cap: cap ? { credits: cap.credits, period: cap.period, used: cap.used } : null };
    return cap ? `${cap.used} of ${cap.credits} credits are used ${cap.period === "month" ? "this month" : "in all"}.` : "There is no cap on credits. Set one with --credits.";
  },
  "key create": async (store, { flags, origins, json }) => {
    const made = await createKey(store, Date.now(), {
      workspaceId: need(flags, "workspace"),
      type: oneOf("type", need(flags, "type"), ["secret", "publishable"] as const),
      name: flags["name"],
      scopes: flags["scopes"]?.split(",").map((scope) => scope.trim()),
      expiresAt: flags["expires"] === undefined ? undefined : timeOf(flags["expires"]),
      origins,
      mode: flags["mode"] === undefined ? undefined : oneOf("mode", flags["mode"], ["anonymous", "consent", "identified"] as const),
    });
    return json ? { id: made.id, key: made.key } : `Key ${made.id}\n${made.key}`;
  },
  "key list": async (store, { flags, json }) => {
    const rows = (await listKeys(store.read, flags["workspace"])).map((k) => ({
      id: k.id,
      workspaceId: k.workspace_id,
      type: k.type,
      name: k.name,
      key: `${k.prefix}…${k.last4}`,
      scopes: JSON.parse(k.scopes) as string[],
      origins: JSON.parse(k.allowed_origins) as string[],
      mode: k.privacy_mode,
      expiresAt: k.expires_at,
      revokedAt: k.revoked_at,
    }));
    return json ? rows : rows.map((k) => `${k.id}  ${k.type}  ${k.key}  ${k.revokedAt === null ? "active" : "revoked"}  ${k.name}`).join("\n");
  },
  "key revoke": async (store, { id, json }) => {
    const row = await revokeKey(store, Date.now(), needId(id));
    return json ? { id: row.id, revokedAt: row.revoked_at } : `Key ${row.id} is revoked.`;
  },
  "key rotate": async (store, { id, flags, json }) => {
    const overlap = oneOf("overlap", flags["overlap"] ?? "0", ["0", "1h", "24h", "7d"] as const);
    const expires = flags["expires"];
    const expiresAt = expires === undefined ? undefined : expires === "never" ? null : timeOf(expires);
    const made = await rotateKey(store, Date.now(), needId(id), rotationOverlapsMs[overlap], { expiresAt });
    return json ? { id: made.id, key: made.key } : `Key ${made.id} replaces ${needId(id)}.\n${made.key}`;
  },
  "key origins": async (store, { id, flags, json }) => {
    const asked = flags["allow"] !== undefined || flags["remove"] !== undefined;
    const change = { allow: wordsOf(flags["allow"]), remove: wordsOf(flags["remove"]) };
    const origins = await (asked ? changeKeyOrigins(store, Date.now(), needId(id), change) : listKeyOrigins(store, needId(id)));
    if (json) return { id: needId(id), origins };
    return origins.length === 0 ? "Any site may use this key. Name those that may with --allow." : origins.join("\n");
  },
  "key identity-secret": async (store, { id, json }, config) => {
    const key = (await listKeys(store.read)).find((k) => k.id === needId(id) && k.type === "publishable");
    if (!key) throw new OperatorError(`There is no publishable key ${needId(id)}.`);
    const secret = identitySecret(instanceSecret(config.dataDir, config.secret), key.id);
    return json ? { id: key.id, secret } : secret;
  },
  "secrets forget": async (store, { json }) => {
    const forgotten = await forgetSealed(store);
    return json ? forgotten : `Forgotten. Reconnect ${forgotten.connectors} connectors; rotate the secrets of ${forgotten.webhooks} webhooks, and enable them again; rotate those of ${forgotten.signedInboundHooks} inbound hooks.`;
  },
  "console link": async (store, { flags, json }, config) => {
    const workspaceId = flags["workspace"] ?? (await listWorkspaces(store.read))[0]?.id;
    if (workspaceId === undefined) throw new OperatorError("There is no workspace yet. Run npm start, or: owlbound workspace create --name …");
    const token = await createSetupToken(store, Date.now(), workspaceId);
    const url = `${(config.publicUrl ?? `http://${config.host}:${config.port}`).replace(/\/$/, "")}/console/#setup=${token}`;
    return json ? { url } : url;
  },
};

async function main(argv: string[]): Promise<void> {
  const parsed = parse(argv);
  const [first = "", second = "", id] = parsed.positionals;
  const { origin, json, help, off, ...flags } = parsed.values as Record<string, string | undefined> & { origin?: string[]; json?: boolean; help?: boolean; off?: boolean };
  if (help === true || first === "") return print(first === "serve" ? serveHelp() : usage);
  const config = parseConfig(flags, process.env);
  if (first === "serve") {
    const server = await startServer(config);
    print(`Owlbound is ready on ${server.url}`);
    return untilStopped(() => server.close());
  }
  const command = commands[`${first} ${second}`];
  if (!command) throw new OperatorError(`There is no command "${`${first} ${second}`.trim()}".\n\n${usage}`);
  const store = await openConfigured(config);
  try {
    const result = await command(store, { flags, origins: origin ?? [], json: json === true, off: off === true, id }, config);
    print(typeof result === "string" ? result : JSON.stringify(result));
  } finally {
    await store.close();
  }
}

function parse(argv: string[]) {
  try {
    return parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    throw new OperatorError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

const print = (text: string) => void process.stdout.write(`${text}\n`);
const serveHelp = () =>
  ["owlbound serve", ...Object.values(settings).map(({ flag, env }) => `  --${flag.padEnd(26)} or ${env}`)].join("\n");

function need(flags: Args["flags"], name: string): string {
  const value = flags[name];
  if (value === undefined || value === "") throw new OperatorError(`--${name} is missing.\n\n${usage}`);
  return value;
}

function needId(id: string | undefined, of: "key" | "workspace" = "key"): string {
  if (id === undefined) throw new OperatorError(`The ${of}'s id is missing. List them with: owlbound ${of} list\n\n${usage}`);
  return id;
}

/** `a,b` as words; none where there is nothing. */
const wordsOf = (text = ""): string[] => text.split(",").map((word) => word.trim()).filter((word) => word !== "");

function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((a) => a === value);
  if (found === undefined) throw new OperatorError(`--${flag} is one of ${allowed.join(", ")}.`);
  return found;
}

function timeOf(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new OperatorError(`--expires ${text} is no ISO 8601 time, e.g. 2027-01-31T00:00:00Z`);
  return ms;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const plain = error instanceof OperatorError || error instanceof ApiError;
  const detail = error instanceof ApiError && error.details ? ` ${error.details.map((d) => `${d.path}: ${d.message}`).join("; ")}` : "";
  process.stderr.write(plain ? `${error.message}${detail}\n` : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(plain ? 1 : 70);
});
