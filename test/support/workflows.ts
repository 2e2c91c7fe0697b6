import { expect } from "vitest";
import { type Clock, fixedClock } from "../../core/clock.ts";
import { allScopes } from "../../core/endpoint.ts";
import { type ApiOptions, startApi, visit } from "./api.ts";
import { addContact } from "./contacts.ts";
import { type Heard, startFarSide } from "./far-side.ts";

export const workflowNow = Date.parse("2026-10-20T10:00Z");
export const hot = { name: "Hot pricing visit", trigger: { on: "signal", types: ["website_visit"], page: "/pricing*" }, steps: [{ do: "tag", add: ["hot"] }] };

/** A server whose clock moves when told, a key that may do everything, and short words for what workflows need. */
export async function startWorkflows({ clock = fixedClock(workflowNow), ...options }: ApiOptions & { clock?: Clock & { advance(ms: number): void } } = {}) {
  const api = await startApi({ clock, ...options, flags: { "allow-outbound": "127.0.0.1", ...options.flags } });
  const manager = await api.newKey({ scopes: [...allScopes] });
  const call = (method: string, path: string, body?: unknown, key = manager.key) => api.call(method, `/v1${path}`, { body, key });
  const contact = (email: string, more = {}) => addContact(api.store, clock.now(), api.workspace.id, email, more);
  const workflow = async (more = {}): Promise<string> => {
    const made = await call("POST", "/workflows", { ...hot, ...more });
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
    const active = await call("POST", `/workflows/${made.body.data.id}/activate`);
    if (active.status !== 200) throw new Error(JSON.stringify(active.body));
    return made.body.data.id;
  };
  const signal = async (contactId: string, page = "https://x.com/pricing", more = {}): Promise<string> => (await call("POST", "/signals", { ...visit(), data: { pageUrl: page }, contactId, ...more })).body.data.signalId;
  const routed = async (signalId: string) => {
    await expect.poll(async () => (await call("GET", `/signals/${signalId}`)).body.data.routedAt, { timeout: 60_000, interval: 20 }).not.toBeNull();
  };
  const runsOf = async (workflowId: string): Promise<RunSeen[]> => (await call("GET", `/workflows/${workflowId}/runs?limit=100`)).body.data.runs;
  const run = async (id: string): Promise<RunSeen> => (await call("GET", `/workflow-runs/${id}`)).body.data;
  /** Waits for a run to come to one of these statuses. */
  const until = async (id: string, ...statuses: string[]): Promise<RunSeen> => {
    await expect.poll(async () => (await run(id)).status, { timeout: 60_000, interval: 20 }).toSatisfy((status: string) => statuses.includes(status));
    return run(id);
  };
  const trigger = async (workflowId: string, contactId: string, data?: unknown): Promise<string> => {
    const { status, body } = await call("POST", `/workflows/${workflowId}/trigger`, { contactId, data });
    if (status !== 202) throw new Error(JSON.stringify(body));
    return body.data.runId;
  };
  return { ...api, clock, call, contact, workflow, signal, routed, runsOf, run, until, trigger, plainKey: api.secret.key };
}

export interface RunSeen {
  id: string;
  status: string;
  held: boolean;
  depth: number;
  error: string | null;
  contactId: string | null;
  signalId: string | null;
  workflowVersion: number;
  cause: string;
  steps: { path: string; do: string; status: string; attempts: number; input: Record<string, unknown>; output: Record<string, unknown>; error: string | null; nextAt: number | null; durationMs: number | null }[];
}

/** A receiver of webhooks: keeps what it got, and answers what it is told to, 200 by default. */
export async function startSink(answer: (count: number) => { status: number; headers?: Record<string, string> } = () => ({ status: 200 })): Promise<{ url: string; got: Heard[] }> {
  let count = 0;
  const { url, heard } = await startFarSide(() => answer(++count));
  return { url, got: heard };
}
