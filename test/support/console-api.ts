import { createSetupToken } from "../../api/console/index.ts";
import type { FeedItem } from "../../api/console/contract.ts";
import type { startApi } from "./api.ts";

type Api = Awaited<ReturnType<typeof startApi>>;

/** Opens a session as the page does; answers the cookie. */
export async function signIn(api: Api, token?: string) {
  const response = await fetch(`${api.url}/console/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: api.url },
    body: JSON.stringify({ token: token ?? (await createSetupToken(api.store, api.server.parts.clock.now(), api.workspace.id)) }),
  });
  return { status: response.status, setCookie: response.headers.get("set-cookie") ?? "", cookie: (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
}

/** Asks one of the console's endpoints. */
export const get = async (api: Api, path: string, cookie: string) => {
  const response = await fetch(`${api.url}/console/api${path}`, { headers: { cookie } });
  return { status: response.status, body: (await response.json()) as ReturnType<typeof JSON.parse> };
};

interface Reading<Data> {
  opened?(): void;
  /** Which events of the kind count; all of them by default. */
  wanted?(data: Data): boolean;
  headers?: Record<string, string>;
  since?: number;
}

/** Reads server-sent events until `count` of a kind came. */
export async function readEvents<Data = FeedItem>(api: Api, cookie: string, kind: string, count: number, { opened, wanted, headers, since }: Reading<Data> = {}): Promise<{ id: string; data: Data }[]> {
  const response = await fetch(`${api.url}/console/api/stream${since === undefined ? "" : `?since=${since}`}`, { headers: { cookie, ...headers }, signal: AbortSignal.timeout(60_000) });
  const found: { id: string; data: Data }[] = [];
  let text = "";
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (reader && found.length < count) {
    const { value, done } = await reader.read();
    if (done) break;
    // The stream listens before it writes its first bytes.
    opened?.();
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string) => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
      if (field("event") !== kind) continue;
      const data = JSON.parse(field("data")) as Data;
      if (wanted?.(data) !== false) found.push({ id: field("id"), data });
    }
  }
  await reader?.cancel();
  return found;
}
