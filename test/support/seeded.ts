import { publicEndpoints } from "../../api/http/app.ts";
import { createKey, createWorkspace } from "../../api/keys/index.ts";
import { allScopes, type Endpoint } from "../../core/endpoint.ts";
import type { startApi } from "./api.ts";
import { bodiesOf } from "./samples.ts";

type Api = Awaited<ReturnType<typeof startApi>>;

/** A workspace in which everything was made that the endpoints can make, and the ids of it by their names (`contactId`). */
export interface Seeded {
  workspaceId: string;
  key: string;
  ids: Map<string, string[]>;
}

const rounds = 4;
const rowsMade = 2;

/** `/icp-profiles` → `icpProfileId`: what others call the id of a thing at this path. */
export function idNameOf(path: string): string {
  const words = (path.split("/").filter((part) => part !== "" && !part.startsWith(":"))[0] ?? "").split("-");
  const last = words.at(-1) ?? "";
  const singular = [...words.slice(0, -1), last.endsWith("ies") ? `${last.slice(0, -3)}y` : last.replace(/s$/, "")];
  return `${singular.map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join("")}Id`;
}

export const isIdName = (name: string) => /^id$|Ids?$/.test(name);

/** A copy in which each value of a field that names ids is replaced; `change` answers undefined to leave it. */
export function withIds(value: unknown, change: (name: string, id: string) => string | undefined, name = ""): unknown {
  if (typeof value === "string") return isIdName(name) ? (change(name, value) ?? value) : value;
  if (Array.isArray(value)) return value.map((item) => withIds(item, change, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withIds(inner, change, key)]));
}

export function pathOf(e: Endpoint, idOf: (name: string) => string): string {
  return e.path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(idOf(name === "id" ? idNameOf(e.path) : name)));
}

/** Makes a workspace and calls every endpoint that makes something, again where it needs what another makes. */
export async function seedWorkspace(api: Api, name: string): Promise<Seeded> {
  const now = api.server.parts.clock.now();
  const { id: workspaceId } = await createWorkspace(api.store, now, { name });
  const { key } = await createKey(api.store, now, { workspaceId, type: "secret", name, scopes: [...allScopes] });
  const seeded: Seeded = { workspaceId, key, ids: new Map() };
  const makers = publicEndpoints().filter((e) => e.method === "POST" && e.access !== "none" && !/(archive|revoke|erase|rotate|undo|merge)/.test(e.path));
  for (let round = 0; round < rounds; round++) {
    // Another of each in each round: not every one of them can be activated, say.
    const known = (wanted: string) => {
      const ids = seeded.ids.get(wanted.replace(/Ids$/, "Id")) ?? [];
      return ids[round % ids.length];
    };
    for (const e of makers) {
      for (const body of [...bodiesOf(e), undefined].slice(0, rowsMade + 1)) {
        const sent = own(body, known, `${name}-${round}`);
        const answer = await api.call("POST", `/v1${pathOf(e, (wanted) => known(wanted) ?? "none-yet")}`, { key, ...(sent === undefined ? {} : { body: sent }) });
        if (answer.status < 300) keepIds(seeded, e, answer.body?.data);
      }
    }
  }
  return seeded;
}

/** Ids become this workspace's own, names and addresses those of the round: nothing is a duplicate. */
function own(body: unknown, known: (name: string) => string | undefined, mark: string): unknown {
  const mine = withIds(body, known);
  return mine === undefined ? undefined : JSON.parse(JSON.stringify(mine).replaceAll("ada@", `ada-${mark}@`.toLowerCase()).replaceAll("/in/ada-lovelace", `/in/ada-${mark}`.toLowerCase()));
}

function keepIds(seeded: Seeded, e: Endpoint, data: unknown): void {
  const keep = (name: string, id: string) => {
    const ids = seeded.ids.get(name) ?? [];
    if (/^[0-9a-z]{26}$/.test(id) && !ids.includes(id)) seeded.ids.set(name, [...ids, id].slice(0, 4));
  };
  const visit = (value: unknown, name: string, top: boolean): void => {
    if (typeof value === "string" && isIdName(name)) keep(name === "id" ? (top ? idNameOf(e.path) : "otherId") : name, value);
    else if (Array.isArray(value)) for (const item of value) visit(item, name, false);
    else if (typeof value === "object" && value !== null) for (const [key, inner] of Object.entries(value)) visit(inner, key, top && name === "");
  };
  visit(data, "", true);
}
