import { describe, expect, test } from "vitest";
import { newVisitor, startSite, startTagged, useBrowser } from "../support/journey.ts";

const browser = useBrowser();
const stores = () => ({ local: { ...localStorage }, session: { ...sessionStorage }, cookie: document.cookie });
const nothing = { local: {}, session: {}, cookie: "" };
type Owlbound = { owlbound: Record<string, (...args: unknown[]) => unknown> };

describe("privacy modes", () => {
  test("anonymous writes nothing to the browser and tells nobody apart beyond the day's hash", async () => {
    const api = await startTagged();
    const site = await startSite({ "/": api.page() });
    const { page, context } = await newVisitor(browser());
    await page.goto(site.url);
    await api.settled(1);
    expect(await page.evaluate(stores)).toEqual(nothing);
    expect(await context.cookies()).toEqual([]);
    expect((await api.stored())[0]?.visitorId).toMatch(/^[0-9a-z]{26}$/);
  });

  test("consent: nothing is sent or stored before the grant; then the visit is; denied takes it back", async () => {
    const api = await startTagged({ publishable: { mode: "consent" } });
    const site = await startSite({ "/": api.page("", 'data-mode="consent"') });
    const { page } = await newVisitor(browser());
    await page.goto(site.url);
    await page.waitForTimeout(800);
    expect([await api.stored(), await page.evaluate(stores)]).toEqual([[], nothing]);
    await page.evaluate(() => void (window as unknown as Owlbound).owlbound["consent"]?.("granted"));
    const [visit] = await api.settled(1);
    expect(visit?.visitorId).toMatch(/^\d+-\d+$/);
    await page.reload();
    expect((await api.settled(2)).map((v) => v.visitorId)).toEqual([visit?.visitorId, visit?.visitorId]);
    await page.evaluate(() => void (window as unknown as Owlbound).owlbound["consent"]?.("denied"));
    expect((await page.evaluate(stores)).local).toEqual({});
  });

  test("Global Privacy Control means anonymous, whatever the tag says", async () => {
    const api = await startTagged({ publishable: { mode: "identified" } });
    const site = await startSite({ "/": api.page("", 'data-mode="identified"') });
    const { page } = await newVisitor(browser());
    await page.addInitScript("Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })");
    await page.goto(site.url);
    const [visit] = await api.settled(1);
    expect(await page.evaluate(stores)).toEqual(nothing);
    expect(visit?.visitorId).toMatch(/^[0-9a-z]{26}$/);
  });

  test("optOut lasts, optIn ends it, reset makes a new visitor", async () => {
    const api = await startTagged({ publishable: { mode: "identified" } });
    const site = await startSite({ "/": api.page("", 'data-mode="identified"') });
    const { page } = await newVisitor(browser());
    const call = (name: string) => page.evaluate((n) => void (window as unknown as Owlbound).owlbound[n]?.(), name);
    await page.goto(site.url);
    await api.settled(1);
    await call("optOut");
    await page.goto(`${site.url}/?out`);
    await page.reload();
    expect(await api.settled(1)).toHaveLength(1);
    await page.goto(site.url);
    await call("optIn");
    await api.settled(2);
    await call("reset");
    await page.reload();
    const visitors = (await api.settled(3)).map((v) => v.visitorId);
    expect(new Set(visitors).size).toBeGreaterThanOrEqual(2);
    expect(visitors[2]).not.toBe(visitors[1]);
  });

  test("secrets in addresses never leave the page", async () => {
    const api = await startTagged();
    const site = await startSite({ "/": api.page() });
    const { page } = await newVisitor(browser());
    const bodies: string[] = [];
    page.on("request", (request) => void (request.url().includes("/v1/signals") && bodies.push(request.postData() ?? "")));
    await page.goto(`${site.url}/?token=abc123&email=jane%40acme.com&plan=pro&password=hunter2`);
    const [visit] = await api.settled(1);
    expect(visit?.data["pageUrl"]).toBe(`${site.url}/?plan=pro`);
    expect(bodies.join()).not.toMatch(/abc123|jane|hunter2/);
  });
});

describe("the page's own calls", () => {
  test("a stub takes calls before the load, and they run in order", async () => {
    const api = await startTagged();
    const site = await startSite({
      "/": `<!doctype html><title>T</title><script>window.owlbound={q:[["track",["custom_webhook",{event:"first"}]],["track",["custom_webhook",{event:"second"}]]]}</script>${api.tag()}<body>x`,
    });
    const { page } = await newVisitor(browser());
    await page.goto(site.url);
    const events = (await api.settled(3)).filter((s) => s.type === "custom_webhook").map((s) => s.data["event"]);
    expect(events.toSorted()).toEqual(["first", "second"]);
  });

  test("an opted-in form identifies its visitor; no other form is read, and no secret field ever", async () => {
    const api = await startTagged({ publishable: { mode: "identified" } });
    const fields = '<input name=email type=email value="kim@acme.com"><input name=firstName value=Kim><input name=company value=Acme><input type=password name=password value=hunter2><input type=hidden name=csrf value=topsecret>';
    const site = await startSite({ "/": api.page(`<form id=yes data-gtm-form onsubmit="return false">${fields}<button>go</button></form><form id=no onsubmit="return false"><input name=email value="other@acme.com"><button>go</button></form>`, 'data-mode="identified" data-forms') });
    await api.store.write((tx) => tx.updateTable("api_keys").set({ allowed_origins: JSON.stringify([site.url]) }).where("id", "=", api.publishable.id).execute().then(() => undefined));
    api.server.parts.keys.forget();
    const { page, errors } = await newVisitor(browser());
    const bodies: string[] = [];
    page.on("request", (request) => void (request.url().endsWith("/identify") && bodies.push(request.postData() ?? "")));
    await page.goto(site.url);
    await api.settled(1);
    await page.waitForTimeout(800);
    await page.click("#no button");
    await page.click("#yes button");
    await expect.poll(async () => (await api.stored())[0]?.contactId ?? null, { timeout: 10_000 }).not.toBeNull();
    expect(bodies.join()).not.toMatch(/hunter2|topsecret|other@acme/);
    expect(await api.store.read.selectFrom("contacts").select(["email", "first_name", "company"]).execute()).toEqual([{ email: "kim@acme.com", first_name: "Kim", company: "Acme" }]);
    expect(errors).toEqual([]);
  });

  test("doctor() says what is wrong and shows the last receipt", async () => {
    const api = await startTagged();
    const site = await startSite({ "/": api.page() });
    const { page } = await newVisitor(browser());
    await page.goto(site.url);
    const [visit] = await api.settled(1);
    const report = JSON.stringify(await page.evaluate(() => (window as unknown as Owlbound).owlbound["doctor"]?.()));
    expect(report).toContain(visit?.id);
  });
});
