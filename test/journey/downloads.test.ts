import { describe, expect, test } from "vitest";
import { newVisitor, startSite, startTagged, useBrowser, type Stored } from "../support/journey.ts";

const browser = useBrowser();

type Tagged = Awaited<ReturnType<typeof startTagged>>;

/** A site with these links, and what was stored apart from its visits. */
async function open(body: string, attributes = "") {
  const api = await startTagged();
  const site = await startSite({ "/": api.page(body, attributes) });
  const { page, errors, context } = await newVisitor(browser());
  await page.goto(`${site.url}/`);
  await api.settled(1);
  return { api, site, page, errors, context };
}

const besideVisits = async (api: Tagged, count: number): Promise<Stored[]> => {
  const of = async () => (await api.stored()).filter((signal) => signal.type !== "website_visit");
  await expect.poll(async () => (await of()).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count);
  return of();
};

/** Clicks, then a last one that must be counted, so that what came before had its time. */
async function onlyTheLast(api: Tagged, click: () => Promise<unknown>): Promise<void> {
  await click();
  const found = await besideVisits(api, 1);
  expect(found.map((signal) => signal.data["fileName"])).toEqual(["last.pdf"]);
}

const last = '<a id=last href="/last.pdf" onclick="event.preventDefault()">last</a>';

describe("a content download", () => {
  test.each([
    ["an upper-case extension, a query and a fragment", "/files/Report.PDF?v=2#page=3", "Report.PDF", "pdf"],
    ["an encoded name", "/files/price%20list%202026.xlsx", "price list 2026.xlsx", "xlsx"],
    ["a unicode name", "/files/Übersicht-日本.pdf", "Übersicht-日本.pdf", "pdf"],
    ["a stray per cent sign", "/files/100%.pdf", "100%.pdf", "pdf"],
    ["two dots", "/files/tool.v2.tar.gz", "tool.v2.tar.gz", "gz"],
  ])("is counted with %s", async (_what, href, fileName, fileExtension) => {
    const { api, page, site } = await open(`<a href="${href}" onclick="event.preventDefault()"> The   file </a>`);
    await page.click("a");
    const [download, ...more] = await besideVisits(api, 1);
    expect(more).toEqual([]);
    expect(download).toMatchObject({ type: "content_download", data: { pageUrl: `${site.url}/`, fileName, fileExtension, linkText: "The file" } });
    expect(new URL(download?.data["fileUrl"] ?? "").pathname.split("/")).toHaveLength(3);
  });

  test("is counted by the download attribute and by data-gtm-download, without an extension", async () => {
    const { api, page } = await open(
      '<a id=a download="Annual report.pdf" href="/export?id=7">x</a><a id=b download href="/export/raw">y</a><button id=c data-gtm-download="Price list">z</button><a id=d download="mine.csv" href="blob:nothing">w</a>',
    );
    for (const id of ["a", "b", "c", "d"]) await page.evaluate((name) => document.getElementById(name)?.click(), id);
    const found = await besideVisits(api, 4);
    expect(found.map((signal) => [signal.data["fileName"], signal.data["fileExtension"]])).toEqual(
      expect.arrayContaining([["Annual report.pdf", "pdf"], ["raw", undefined], ["Price list", undefined], ["mine.csv", "csv"]]),
    );
    expect(found).toHaveLength(4);
  });

  test("is counted on a child of a link, in an open shadow tree, on links added later, by middle click and by keyboard", async () => {
    const { api, page, context } = await open(`
      <a href="/child.pdf" onclick="event.preventDefault()"><b id=child>child</b></a>
      <div id=host></div><a id=middle href="/middle.pdf">middle</a><a id=keys href="/keys.pdf" onclick="event.preventDefault()">keys</a>
      <script>host.attachShadow({mode:"open"}).innerHTML='<a href="/shadow.pdf"><i>shadow</i></a>';
      host.shadowRoot.querySelector("a").onclick=e=>e.preventDefault()</script>`);
    await page.click("#child");
    await page.locator("#host i").click();
    await page.evaluate(() => {
      document.body.insertAdjacentHTML("beforeend", '<a id=late href="/late.pdf" onclick="event.preventDefault()">late</a>');
    });
    await page.click("#late");
    await page.click("#middle", { button: "middle" });
    await page.focus("#keys");
    await page.keyboard.press("Enter");
    const found = await besideVisits(api, 5);
    expect(found.map((signal) => signal.data["fileName"]).toSorted()).toEqual(["child.pdf", "keys.pdf", "late.pdf", "middle.pdf", "shadow.pdf"]);
    await Promise.all(context.pages().slice(1).map((extra) => extra.close()));
  });

  test("follows the list of extensions that the tag names, and none but that", async () => {
    const { api, page } = await open('<a id=no href="/no.pdf" onclick="event.preventDefault()">n</a><a id=yes href="/yes.Sketch" onclick="event.preventDefault()">y</a>', 'data-downloads=".SKETCH, fig"');
    await page.click("#no");
    await page.click("#yes");
    expect((await besideVisits(api, 1)).map((signal) => signal.data["fileName"])).toEqual(["yes.Sketch"]);
  });

  test("is not counted where an attribute says so, by the right button, or on a page", async () => {
    const { api, page } = await open(`<div data-gtm-ignore><a id=ignored href="/ignored.pdf" onclick="event.preventDefault()">i</a></div>
      <a id=right href="/right.pdf">r</a><a id=html href="/page.html" onclick="event.preventDefault()">h</a>${last}`);
    await onlyTheLast(api, async () => {
      await page.click("#ignored");
      await page.click("#right", { button: "right" });
      await page.click("#html");
      await page.click("#last");
    });
  });

  test("mailto, tel, javascript and blob links never throw and are none", async () => {
    const { api, page, errors } = await open(
      ["mailto:a@b.pdf", "tel:+491234.pdf", "javascript:void('x.pdf')", "blob:x.pdf", "http://[", ""].map((href) => `<a class=odd href="${href}">o</a>`).join("") + last,
    );
    await onlyTheLast(api, async () => {
      await page.evaluate(() => {
        document.addEventListener("click", (event) => event.preventDefault());
        for (const link of document.querySelectorAll<HTMLElement>(".odd")) link.click();
      });
      await page.click("#last");
    });
    expect(errors).toEqual([]);
  });

  test("leaves the click alone: the page's preventDefault holds, and stopPropagation hides nothing", async () => {
    const { api, page, site } = await open('<a href="/kept.pdf">k</a>');
    await page.evaluate(() => {
      document.querySelector("a")?.addEventListener("click", (event) => {
        event.preventDefault();
        event.stopImmediatePropagation();
        Object.assign(window, { handled: event.defaultPrevented });
      });
    });
    await page.click("a");
    await besideVisits(api, 1);
    expect(await page.evaluate(() => "handled" in window)).toBe(true);
    expect(page.url()).toBe(`${site.url}/`);
  });

  test("in a new tab or with a modifier opens there, and is counted on the page it was clicked", async () => {
    const { api, page, context, site } = await open('<a id=blank target=_blank href="/blank.pdf">b</a><a id=modified href="/modified.pdf">m</a>');
    const opened = context.waitForEvent("page");
    await page.click("#blank");
    await opened;
    const second = context.waitForEvent("page");
    await page.click("#modified", { modifiers: ["ControlOrMeta"] });
    await second;
    const found = await besideVisits(api, 2);
    expect(found.map((signal) => signal.data["pageUrl"])).toEqual([`${site.url}/`, `${site.url}/`]);
    expect(page.url()).toBe(`${site.url}/`);
  });

  test("survives the navigation that follows the click", async () => {
    const { api, page, site } = await open('<a href="/leave.pdf">l</a>');
    site.pages["/leave.pdf"] = "<!doctype html><title>elsewhere</title>";
    await page.click("a");
    await page.waitForURL("**/leave.pdf");
    expect((await besideVisits(api, 1)).map((signal) => signal.data["fileName"])).toEqual(["leave.pdf"]);
  });
});

describe("an outbound link", () => {
  const link = '<a id=out href="https://other.example/path?token=abc#x" onclick="event.preventDefault()">o</a><a id=own href="/own" onclick="event.preventDefault()">w</a>';

  test("is counted where the tag asks for it, cleaned; a link within the site never is", async () => {
    const { api, page, site } = await open(link, "data-outbound");
    await page.click("#own");
    await page.click("#out");
    const found = await besideVisits(api, 1);
    expect(found.map((signal) => [signal.type, signal.data])).toEqual([
      ["custom_webhook", { event: "outbound_click", pageUrl: `${site.url}/`, targetUrl: "https://other.example/path" }],
    ]);
  });

  test("is not counted where nobody asked", async () => {
    const { api, page } = await open(link + last);
    await onlyTheLast(api, async () => {
      await page.click("#out");
      await page.click("#last");
    });
  });
});
