import { Agent, request } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { NewSignal } from "../../store/ingest.ts";
import { openSqliteStore } from "../../store/sqlite/index.ts";
import { memoryBytes, type Site } from "./process.ts";
import { chrome, freshSite, newMessageId, openFile, post, serveFor, visitOf } from "./visits.ts";

const signal = (n: number): NewSignal => ({
  visitorMode: "anonymous",
  capability: "api.signals.create",
  credits: 1,
  bytes: 700,
  row: {
    workspace_id: "w", id: `s${n}`, type: "website_visit", priority: "medium", source: "api", notes: null, data: "{}", contact_id: null,
    claimed_contact_id: null, message_id: `message-${n}`, visitor_id: null, session_id: null, key_id: "k", batch_id: "", received_at: 1, occurred_at: 1,
    clock_flag: null, page_host: null, page_path: null, referrer_kind: null, referrer_name: null, utm: null, browser: null, os: null, device: null,
    country: null, bot: null, actioned_at: null, company_id: null,
  },
});

test.each([
  ["count", { queueCountMax: 50, queueBytesMax: 1e9 }],
  ["bytes", { queueCountMax: 1e6, queueBytesMax: 50 * 700 }],
])("ten times what the queue holds by %s: exactly the surplus is refused at once, and none of it appears later", async (_, limits) => {
  const dir = mkdtempSync(join(tmpdir(), "owlbound-faults-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const store = await openSqliteStore({ file: join(dir, "owlbound.db"), now: () => 1, limits });
  const answers = await Promise.allSettled(Array.from({ length: 500 }, (__, n) => store.append(signal(n))));
  const refused = answers.filter((a) => a.status === "rejected").map((a): unknown => a.reason);
  expect(refused).toHaveLength(450);
  for (const reason of refused) expect(reason).toMatchObject({ code: "STORE_UNAVAILABLE", status: 503, retryAfterS: 1 });
  const rows = await store.read.selectFrom("signals").select("id").execute();
  expect(rows.map((row) => row.id).toSorted()).toEqual(Array.from({ length: 50 }, (__, n) => `s${n}`).toSorted());
  await expect(store.append(signal(1000))).resolves.toEqual({ signalId: "s1000", duplicate: false });
  await store.close();
});

const connections = 400;
const signalsPerBatch = 100;

/** Every connection sends one full batch at the same time: twice what the queue holds. Answers the statuses. */
async function wave(url: string, site: Site, agent: Agent): Promise<{ status: number; retryAfter: string | undefined }[]> {
  const one = () => {
    const signals = Array.from({ length: signalsPerBatch }, () => visitOf(newMessageId()));
    const body = JSON.stringify({ key: site.publishable, signals });
    return new Promise<{ status: number; retryAfter: string | undefined }>((resolve, reject) => {
      const call = request(`${url}/v1/signals/batch`, { method: "POST", agent, headers: { "content-type": "text/plain", "user-agent": chrome } }, (response) => {
        response.resume().on("end", () => resolve({ status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"] }));
      });
      call.on("error", reject);
      call.end(body);
    });
  };
  return Promise.all(Array.from({ length: connections }, one));
}

test("a flood far over capacity: answers are 200 or 503 with Retry-After, memory stays flat, and the server serves on", async () => {
  const site = await freshSite();
  const server = await serveFor(site);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  onTestFinished(() => agent.destroy());
  const answers: { status: number; retryAfter: string | undefined }[] = [];
  let early = 0;
  for (let round = 0; round < 6; round++) {
    answers.push(...(await wave(server.url, site, agent)));
    if (round === 1) early = memoryBytes(server.pid, "VmHWM") ?? 0;
  }
  expect(answers.filter(({ status, retryAfter }) => status !== 200 && !(status === 503 && Number(retryAfter) >= 1))).toEqual([]);
  const accepted = answers.filter(({ status }) => status === 200).length;
  expect(accepted).toBeGreaterThan(0);
  expect(openFile(site).prepare("SELECT count(*) FROM signals").pluck().get()).toBeGreaterThanOrEqual(accepted * signalsPerBatch);
  // Waves 3 to 6 add twice what 1 and 2 brought: a leak would show as a multiple.
  const peak = memoryBytes(server.pid, "VmHWM") ?? 0;
  expect(peak).toBeLessThan(early * 1.5 + 64 * 1024 * 1024);
  expect((await post(server.url, site.publishable, newMessageId())).status).toBe(201);
});
