import { expect, test } from "vitest";
import { signClick } from "../../api/identity/index.ts";
import { newVisitor, startSite, startTagged, useBrowser } from "../support/journey.ts";

const browser = useBrowser();
type Owlbound = { owlbound: Record<string, (...args: unknown[]) => unknown> };
const signalsOf = async (api: Awaited<ReturnType<typeof startTagged>>, contactId: string) => (await api.call("GET", `/v1/signals?contactId=${contactId}`)).body.data.signals as { data: { pageUrl: string } }[];

async function mailed(mode: "identified" | "consent") {
  const api = await startTagged({ publishable: { mode } });
  const site = await startSite({ "/": api.page("", `data-mode="${mode}"`), "/next": api.page("", `data-mode="${mode}"`) });
  const { contactId } = (await api.call("POST", "/v1/contacts", { body: { email: "jane@acme.test" } })).body.data;
  const token = signClick(api.server.parts.secret, { workspaceId: api.workspace.id, contactId }, Date.now());
  const { page, errors } = await newVisitor(browser());
  return { api, site, contactId: contactId as string, link: `${site.url}/?plan=pro&owlbound_token=${token}`, page, errors };
}

test("who follows a link of a mail is known, with the visit that it led to and all before; the token stays out of what is stored", async () => {
  const { api, site, contactId, link, page, errors } = await mailed("identified");
  await page.goto(`${site.url}/next`);
  await api.settled(1);
  await page.goto(link);
  await expect.poll(async () => (await signalsOf(api, contactId)).length, { timeout: 20_000 }).toBe(2);
  expect((await signalsOf(api, contactId)).map(({ data }) => data.pageUrl)).toEqual([`${site.url}/?plan=pro`, `${site.url}/next`]);
  expect(errors).toEqual([]);
});

test("where consent is asked for, the link says nothing before the grant", async () => {
  const { api, contactId, link, page } = await mailed("consent");
  const calls: string[] = [];
  page.on("request", (request) => calls.push(new URL(request.url()).pathname));
  await page.goto(link);
  await page.waitForTimeout(800);
  expect(calls.filter((path) => path.startsWith("/v1/"))).toEqual([]);
  await page.evaluate(() => void (window as unknown as Owlbound).owlbound["consent"]?.("granted"));
  await expect.poll(async () => (await signalsOf(api, contactId)).length, { timeout: 20_000 }).toBe(1);
});
