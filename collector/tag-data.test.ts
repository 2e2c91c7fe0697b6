import { describe, expect, test } from "vitest";
import { startApi, visit } from "../test/support/api.ts";
import { SignalInput } from "./contract.ts";
import { completeTagData } from "./tag-data.ts";

const download = (data: Record<string, unknown>) => completeTagData(SignalInput.parse({ type: "content_download", data: { pageUrl: "https://a.test/", ...data } }))?.data;

describe("a download as the tag sends it", () => {
  test.each([
    ["/files/Report.PDF?v=2#page=3", "Report.PDF", "pdf"],
    ["/files/price%20list%202026.xlsx", "price list 2026.xlsx", "xlsx"],
    ["/files/100%.pdf", "100%.pdf", "pdf"],
    ["/files/tool.v2.tar.gz", "tool.v2.tar.gz", "gz"],
  ])("%s gets its name and extension", (path, fileName, fileExtension) => {
    expect(download({ fileUrl: `https://a.test${path}`, fileName: "", linkText: "  The\n  file ", check: true })).toMatchObject({ fileName, fileExtension, linkText: "The file" });
  });

  test("a name that the page gives holds, with an extension of its own or none", () => {
    expect(download({ fileUrl: "https://a.test/export?id=7", fileName: "Annual report.pdf", check: false })).toMatchObject({ fileName: "Annual report.pdf", fileExtension: "pdf" });
    expect(download({ fileUrl: "https://a.test/export/raw", fileName: "", check: false })).toEqual({ pageUrl: "https://a.test/", fileUrl: "https://a.test/export/raw", fileName: "raw" });
  });

  test.each(["/wiki/node.js", "/v1.25", "/acme.com", "/page.jsp", "/photo.jpg", "/"])("%s is no file where the tag is not sure, and one where the page says so", (path) => {
    expect(download({ fileUrl: `https://a.test${path}`, fileName: "", check: true })).toBeUndefined();
    expect(download({ fileUrl: `https://a.test${path}`, fileName: "", check: false })).toBeDefined();
  });
});

test("addresses lose the marks of what the tag took out, and are bounded; an empty referrer is none", () => {
  const data = { pageUrl: "https://a.test/?&&plan=pro&", referrer: "", title: "x".repeat(900) };
  expect(completeTagData(SignalInput.parse({ type: "website_visit", data }))).toMatchObject({ source: "website_tracker", data: { pageUrl: "https://a.test/?plan=pro", title: "x".repeat(500) } });
  expect(completeTagData(SignalInput.parse({ type: "website_visit", data }))?.data).not.toHaveProperty("referrer");
});

test("what is no file is answered, stored nowhere and costs nothing; a caller with a header is taken at his word", async () => {
  const api = await startApi();
  const body = { type: "content_download", data: { pageUrl: "https://a.test/", fileUrl: "https://a.test/wiki/node.js", fileName: "", check: true } };
  const ignored = await fetch(`${api.url}/v1/signals`, { method: "POST", body: JSON.stringify({ ...body, key: api.publishable.key }) });
  expect([ignored.status, await ignored.json()]).toMatchObject([200, { data: { signalId: null, ignored: "not_a_file" }, meta: { credits: { used: 0 } } }]);
  expect((await api.call("POST", "/v1/signals", { key: api.publishable.key, body })).status).toBe(201);
  await api.call("POST", "/v1/signals", { key: api.publishable.key, body: visit({ source: undefined }) });
  const sources = (await api.call("GET", "/v1/signals?include_bots=true")).body.data.signals.map((s: { source: string }) => s.source);
  expect(sources).toEqual(["api", "api"]);
});
