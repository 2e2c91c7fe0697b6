import { expect } from "vitest";
import type { Json, startApi } from "./api.ts";

type Api = Pick<Awaited<ReturnType<typeof startApi>>, "call" | "url" | "secret">;
type Init = { headers?: Record<string, string>; key?: string };

/** Sends a file of contacts. */
export function sendFile(api: Api, file: string | Uint8Array, query = "", { headers = {}, key }: Init = {}): Promise<Json> {
  return api.call("POST", `/v1/imports${query}`, { body: file, headers: { "content-type": "text/csv", ...headers }, ...(key === undefined ? {} : { key }) });
}

/** The import with its first rows, once nothing runs for it. */
export async function settled(api: Api, id: string, query = "limit=500"): Promise<Json["body"]> {
  const running = new Set(["reading", "previewing", "committing"]);
  let data: Json["body"];
  await expect
    .poll(async () => {
      const answer = await api.call("GET", `/v1/imports/${id}?${query}`);
      expect(answer.status).toBe(200);
      ({ data } = answer.body);
      return running.has(data.status);
    }, { timeout: 60_000, interval: 10 })
    .toBe(false);
  return data;
}

/** Sends a file and answers its preview. */
export async function preview(api: Api, file: string | Uint8Array, query = "", init: Init = {}): Promise<Json["body"]> {
  const sent = await sendFile(api, file, query, init);
  expect(sent.status, JSON.stringify(sent.body)).toBe(202);
  return settled(api, sent.body.data.id);
}

/** Carries a previewed import out. */
export async function commit(api: Api, id: string): Promise<Json["body"]> {
  const begun = await api.call("POST", `/v1/imports/${id}/commit`);
  expect(begun.status, JSON.stringify(begun.body)).toBe(202);
  return settled(api, id);
}

/** All contacts, oldest first, as the list shows them. */
export async function allContacts(api: Api): Promise<Json["body"][]> {
  const contacts: Json["body"][] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { body }: Json = await api.call("GET", `/v1/contacts?limit=100&sort_direction=asc&include_archived=true${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
    contacts.push(...body.data.contacts);
    cursor = body.data.nextCursor;
  }
  return contacts;
}

/** A file's answer as its text, byte order mark included. */
export async function download(api: Api, path: string): Promise<{ response: Response; text: string }> {
  const response = await fetch(api.url + path, { headers: { "x-api-key": api.secret.key } });
  return { response, text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(await response.arrayBuffer()) };
}
