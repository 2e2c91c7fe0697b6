import { describe, expect, onTestFinished, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { startApi } from "../../test/support/api.ts";
import { get, readEvents, signIn } from "../../test/support/console-api.ts";
import { createWorkspace, rotateKey, rotationOverlapsMs } from "../keys/index.ts";
import type { Identified, Warning } from "./contract.ts";

type Api = Awaited<ReturnType<typeof startApi>>;

describe("who becomes known", () => {
  const identify = (api: Api, visitorId: string, firstName: string, key = api.secret.key) =>
    api.call("POST", "/v1/identify", { key, body: { visitorId, person: { email: `${firstName}@acme.com`, firstName } } });
  const namesOf = (events: { data: Identified[] }[]) => events.flatMap(({ data }) => data.map(({ visitorId, person }) => [visitorId, person.name]));

  test("is told to the open screen, each visitor once, and to no other workspace's", async () => {
    const api = await startApi();
    const other = await createWorkspace(api.store, Date.now(), { name: "Other" });
    const foreign = await api.newKey({ workspaceId: other.id });
    const { cookie } = await signIn(api);
    let events: ReturnType<typeof readEvents<Identified[]>> | undefined;
    await new Promise<void>((opened) => {
      events = readEvents(api, cookie, "identified", 2, { opened });
    });
    await identify(api, "visitor-0001", "Eve", foreign.key);
    await identify(api, "visitor-0002", "Jane");
    await identify(api, "visitor-0002", "Jane");
    // A look takes what has come so far: the second event can only hold what came after the first.
    let others = 0;
    const next = setInterval(() => void identify(api, `visitor-of-ada-${others++}`, "Ada"), 1000);
    onTestFinished(() => clearInterval(next));
    const told = namesOf((await events) ?? []);
    expect(told.filter(([, name]) => name !== "Ada")).toEqual([["visitor-0002", "Jane"]]);
    expect(told).toContainEqual(["visitor-of-ada-0", "Ada"]);
  });

  test("while a page was away is told when it comes back, but not what it knew long before", async () => {
    // Later than all before it: the ids of a process never go back in time.
    const clock = fixedClock(Date.now() + 365 * 86_400_000);
    const api = await startApi({ clock });
    const { cookie } = await signIn(api);
    await identify(api, "visitor-0001", "Jane");
    clock.advance(60_000);
    const left = clock.now();
    clock.advance(60_000);
    await identify(api, "visitor-0002", "Ada");
    clock.advance(60_000);
    expect(namesOf(await readEvents<Identified[]>(api, cookie, "identified", 1, { since: left }))).toEqual([["visitor-0002", "Ada"]]);
  });

  test("is news at once: the screen does not wait for its next look", async () => {
    const api = await startApi({ publishable: { mode: "identified" } });
    const heard: string[] = [];
    api.server.parts.news.on((workspaceId) => heard.push(workspaceId));
    await identify(api, "visitor-0001", "Eve", api.publishable.key);
    expect(heard).toEqual([]);
    await identify(api, "visitor-0001", "Jane");
    expect(heard).toEqual([api.workspace.id]);
  });

  test("a claim makes nobody known", async () => {
    const api = await startApi({ publishable: { mode: "identified" } });
    const { cookie } = await signIn(api);
    await identify(api, "visitor-0001", "Eve", api.publishable.key);
    await identify(api, "visitor-0002", "Jane");
    expect(namesOf(await readEvents<Identified[]>(api, cookie, "identified", 1, { since: Date.now() - 60_000 }))).toEqual([["visitor-0002", "Jane"]]);
  });
});

describe("warnings", () => {
  test("a secret key seen in a browser is warned of on the open screen, until it is rotated", async () => {
    const api = await startApi();
    const { cookie } = await signIn(api);
    const warnings = async () => (await get(api, "/overview", cookie)).body.data.warnings;
    expect(await warnings()).toEqual([]);
    let events: ReturnType<typeof readEvents<Warning[]>> | undefined;
    await new Promise<void>((opened) => {
      events = readEvents(api, cookie, "warnings", 1, { opened, wanted: (data) => data.length > 0 });
    });
    await api.call("GET", "/v1/signals", { headers: { origin: "https://www.example.com" } });
    const [told] = (await events) ?? [];
    const { prefix, last4 } = api.secret.row;
    expect(told?.data).toMatchObject([{ kind: "secret_key_exposed", keyId: api.secret.id, keyHint: `${prefix}…${last4}`, place: "browser", origin: "https://www.example.com" }]);
    expect(await warnings()).toEqual(told?.data);

    await rotateKey(api.store, Date.now(), api.secret.id, rotationOverlapsMs["1h"]);
    expect(await warnings()).toEqual([]);
  });

  test("one workspace's warnings are nobody else's", async () => {
    const api = await startApi();
    const other = await createWorkspace(api.store, Date.now(), { name: "Other" });
    const foreign = await api.newKey({ workspaceId: other.id });
    const { cookie } = await signIn(api);
    for (const { key } of [foreign, api.secret]) await api.call("GET", "/v1/signals", { key, headers: { origin: "https://www.example.com" } });
    await expect.poll(async () => (await get(api, "/overview", cookie)).body.data.warnings.map((warning: { keyId: string }) => warning.keyId)).toEqual([api.secret.id]);
  });
});
