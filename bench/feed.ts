import { setTimeout as sleep } from "node:timers/promises";
import { owlbound, type ServerProcess, type Site } from "../test/faults/process.ts";
import { headers, newTagId, tagBody } from "./tag-body.ts";

const eventLimitMs = 5000;

/** Milliseconds from the moment a visit is posted to its event at an open live screen, `count` visits one after another. */
export async function feedLatencies(server: ServerProcess, site: Site, count: number): Promise<number[]> {
  const seen = new Map<string, number>();
  let arrived = () => {};
  const stop = await openFeed(server, site, (id) => {
    seen.set(id, performance.now());
    arrived();
  });
  const latencies: number[] = [];
  for (let n = 0; n < count; n++) {
    const posted = performance.now();
    const response = await fetch(`${server.url}/v1/signals`, { method: "POST", headers, body: tagBody(site.publishable, newTagId(Date.now())) });
    const { data } = (await response.json()) as { data: { signalId: string } };
    const waiting = new Promise<void>((resolve) => (arrived = resolve));
    while (!seen.has(data.signalId)) {
      await Promise.race([waiting, sleep(eventLimitMs)]);
      if (performance.now() - posted > eventLimitMs) throw new Error("the visit never came to the screen");
    }
    latencies.push((seen.get(data.signalId) ?? Number.NaN) - posted);
    // Apart, and not in step with any timer.
    await sleep(5 + Math.random() * 40);
  }
  stop();
  return latencies;
}

/** Opens a console session as the one-time link does, and its stream. */
async function openFeed(server: ServerProcess, site: Site, onSignal: (id: string) => void): Promise<() => void> {
  const { url } = await owlbound<{ url: string }>(site.dataDir, "console", "link", "--workspace", site.workspaceId);
  const token = url.split("#setup=")[1];
  const session = await fetch(`${server.url}/console/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: server.url },
    body: JSON.stringify({ token }),
  });
  const cookie = session.headers.get("set-cookie")?.split(";")[0];
  if (!session.ok || cookie === undefined) throw new Error(`no console session: ${session.status}`);
  const stopped = new AbortController();
  const stream = await fetch(`${server.url}/console/api/stream`, { headers: { cookie }, signal: stopped.signal });
  if (!stream.ok || !stream.body) throw new Error(`no stream: ${stream.status}`);
  void listen(stream.body, onSignal).catch((error: unknown) => {
    if (!stopped.signal.aborted) throw error;
  });
  return () => stopped.abort();
}

async function listen(body: ReadableStream<Uint8Array>, onSignal: (id: string) => void): Promise<void> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const id = /^id: (\S+)\nevent: signal$/m.exec(event)?.[1];
      if (id !== undefined) onSignal(id);
    }
  }
}
