import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { documents } from "./files/catalogue.ts";
import { startDemoSite, type DemoSite } from "./serve.ts";

const tag = { scriptUrl: "http://127.0.0.1:9/s.js", key: "gtm_pk_demo" };
const paths = [
  "/", "/pricing", "/blog", "/blog/forty-seven-minutes", "/blog/mean-kinetic-temperature", "/blog/three-places-a-logger-lies",
  "/blog/a-deviation-report-that-gets-signed", "/guide", "/guide/place-loggers", "/guide/set-limits", "/guide/read-a-trace",
  "/guide/mkt", "/resources", "/newsletter", "/newsletter/thanks",
];

let site: DemoSite;
beforeAll(async () => {
  site = await startDemoSite({ host: "127.0.0.1", port: 0, tag });
});
afterAll(() => site.close());

/** Sends a request line as it is: fetch would tidy the path first. Resolves to the whole answer. */
function ask(line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(site.url).port), "127.0.0.1");
    let answer = "";
    socket.setEncoding("latin1").on("data", (text) => (answer += text)).on("end", () => resolve(answer)).on("error", reject);
    socket.write(`${line} HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n`);
  });
}

function subscribe(body: string, type = "application/x-www-form-urlencoded"): Promise<Response> {
  return fetch(`${site.url}/newsletter`, { method: "POST", body, headers: { "Content-Type": type }, redirect: "manual" });
}

test.each(paths)("%s is a whole page with the tag in its head, once", async (path) => {
  const response = await fetch(site.url + path);
  const page = await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(page.match(/<script [^>]*s\.js/g)).toHaveLength(1);
  expect(page.split("</head>")[0]).toContain(
    '<script async src="http://127.0.0.1:9/s.js" data-key="gtm_pk_demo" data-mode="identified" data-outbound data-vitals data-forms',
  );
  expect(page).toMatch(/<title>[^<]{5,} · Rimeway<\/title>/);
  expect(page.match(/<main/g)).toHaveLength(1);
});

test("every link and asset of every page leads somewhere, and nothing is loaded from outside", async () => {
  const targets = new Set<string>();
  for (const path of paths) {
    const page = await (await fetch(site.url + path)).text();
    for (const [, target = ""] of page.matchAll(/(?:href|src|action)="([^"]+)"/g)) targets.add(target);
    for (const [, source = ""] of page.matchAll(/<(?:link|script|img)[^>]+(?:href|src)="(http[^"]+)"/g)) expect(source).toBe(tag.scriptUrl);
  }
  const local = [...targets].filter((target) => target.startsWith("/"));
  expect(local.length).toBeGreaterThan(20);
  for (const target of local) expect([target, (await fetch(site.url + target)).status]).toEqual([target, 200]);
  const outside = [...targets].filter((target) => target.startsWith("http") && target !== tag.scriptUrl);
  expect(outside.length).toBeGreaterThan(0);
  for (const target of outside) expect(new URL(target).hostname).toMatch(/\.example\.(org|net|com)$/);
});

test("an unknown address answers 404 with a page that carries the tag too", async () => {
  const response = await fetch(`${site.url}/nope`);
  expect(response.status).toBe(404);
  expect(await response.text()).toContain('data-key="gtm_pk_demo"');
});

test.each([
  "/../package.json", "/files/../serve.ts", "/files/..%2fserve.ts", "/files/%2e%2e/serve.ts", "/files/..\\serve.ts", "//etc/passwd",
  "/assets/../../package.json", "/files/catalogue.ts", "/assets/", "/files", "/%00", "/__proto__", "/constructor",
])("%s reaches no file", async (path) => {
  expect(await ask(`GET ${path}`)).toMatch(/^HTTP\/1\.1 404 /);
});

test("HEAD answers like GET, without a body", async () => {
  const get = await fetch(`${site.url}/pricing`, { headers: { "Accept-Encoding": "identity" } });
  const head = await ask("HEAD /pricing");
  expect(head).toMatch(/^HTTP\/1\.1 200 /);
  expect(head.toLowerCase()).toContain(`content-length: ${get.headers.get("content-length")}`);
  expect(head.split("\r\n\r\n")[1]).toBe("");
});

test("a browser that has the page already is answered 304, packed or not", async () => {
  for (const encoding of ["br", "identity"]) {
    const first = await fetch(`${site.url}/blog`, { headers: { "Accept-Encoding": encoding } });
    const etag = first.headers.get("etag") ?? "";
    expect(first.headers.get("content-encoding")).toBe(encoding === "br" ? "br" : null);
    const again = await fetch(`${site.url}/blog`, { headers: { "Accept-Encoding": encoding, "If-None-Match": `"other", ${etag}` } });
    expect(again.status).toBe(304);
    const changed = await fetch(`${site.url}/blog`, { headers: { "Accept-Encoding": encoding, "If-None-Match": '"other"' } });
    expect(changed.status).toBe(200);
  }
});

test.each(documents)("$file is a PDF with as many pages as promised", async ({ file, pages }) => {
  const response = await fetch(`${site.url}/files/${file}`);
  const text = Buffer.from(await response.arrayBuffer()).toString("latin1");
  expect(response.headers.get("content-type")).toBe("application/pdf");
  expect(text.startsWith("%PDF-")).toBe(true);
  expect(text.trimEnd().endsWith("%%EOF")).toBe(true);
  expect(text.match(/\/Type \/Page\b/g)).toHaveLength(pages);
  expect(pages).toBeGreaterThan(1);
});

test("the kit is a zip archive, and the export without extension names its file", async () => {
  const kit = await fetch(`${site.url}/files/rimeway-lane-kit.zip`);
  expect(kit.headers.get("content-type")).toBe("application/zip");
  expect(Buffer.from(await kit.arrayBuffer()).subarray(0, 4).toString("latin1")).toBe("PK\u0003\u0004");
  const record = await fetch(`${site.url}/exports/consignment-0417`);
  expect(record.headers.get("content-disposition")).toBe('attachment; filename="consignment-0417.csv"');
  const lines = (await record.text()).trimEnd().split("\r\n");
  expect(lines[0]).toBe("time_utc,logger,celsius,verdict");
  expect(lines).toHaveLength(31 * 12 + 2);
});

test("the record bears out what the front page says of it", async () => {
  const record = await (await fetch(`${site.url}/exports/consignment-0417`)).text();
  const over = record.split("\r\n").filter((line) => line.endsWith(",over"));
  expect(over[0]).toMatch(/^2026-09-15T02:10,/);
  expect(over.length * 5).toBeGreaterThanOrEqual(47);
  expect((over.length - 1) * 5).toBeLessThanOrEqual(47);
  expect(Math.max(...over.map((line) => Number(line.split(",")[2])))).toBe(9.4);
});

test("a sent form leads to the thank-you page; a wrong address comes back with its words, escaped", async () => {
  const sent = await subscribe("email=jane%40acme.example&firstName=Jane&company=Acme");
  expect([sent.status, sent.headers.get("location")]).toEqual([303, "/newsletter/thanks"]);
  const wrong = await subscribe(`email=jane&company=${encodeURIComponent('"><script>alert(1)</script>')}`);
  const page = await wrong.text();
  expect(wrong.status).toBe(422);
  expect(page).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
  expect(page).toContain('role="alert"');
});

test("a form that is too large or of another type is refused in words", async () => {
  expect((await subscribe(`email=jane%40acme.example&company=${"x".repeat(20_000)}`)).status).toBe(422);
  expect((await subscribe('{"email":"jane@acme.example"}', "application/json")).status).toBe(422);
});

test("other methods are refused with the list of those that work", async () => {
  const response = await fetch(`${site.url}/pricing`, { method: "DELETE" });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("the tag's attributes are escaped, and its origin is the only foreign one that the policy lets in", async () => {
  const odd = await startDemoSite({ host: "127.0.0.1", port: 0, tag: { scriptUrl: 'https://signals.example/s.js?a=1&b="><b>', key: `"><script>'&` } });
  const response = await fetch(odd.url);
  const page = await response.text();
  await odd.close();
  expect(page).toContain('src="https://signals.example/s.js?a=1&amp;b=&quot;&gt;&lt;b&gt;"');
  expect(page).toContain('data-key="&quot;&gt;&lt;script&gt;&#39;&amp;"');
  const policy = response.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("script-src 'self' https://signals.example;");
  expect(policy).toContain("connect-src https://signals.example;");
  expect(policy).not.toContain("unsafe");
});

test("a script address that is none, and a taken port, fail at the start", async () => {
  await expect(startDemoSite({ host: "127.0.0.1", port: 0, tag: { scriptUrl: "/s.js", key: "k" } })).rejects.toThrow("absolute http(s) URL");
  await expect(startDemoSite({ host: "127.0.0.1", port: Number(new URL(site.url).port), tag })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("closing frees the port although a connection is open", async () => {
  const short = await startDemoSite({ host: "127.0.0.1", port: 0, tag });
  await (await fetch(short.url)).text();
  await short.close();
  await expect(fetch(short.url)).rejects.toThrow("fetch failed");
});

test("the team's inbox shows what a workflow tells it, as text, each notice once, and takes neither too much nor nothing", async () => {
  const tell = (body: string, key: string) => fetch(`${site.url}/team`, { method: "POST", body, headers: { "Content-Type": "application/json", "Idempotency-Key": key } });
  const statuses = async (...answers: Promise<Response>[]) => (await Promise.all(answers)).map((answer) => answer.status);
  expect(await statuses(tell('{"type":"notification","data":{"message":"Jane <b>is on</b> /pricing"}}', "a"), tell('{"text":"as Slack says it"}', "b"), tell("{}", "c"), tell("no JSON", "d"), tell(`{"message":"${"x".repeat(9000)}"}`, "e"))).toEqual([200, 200, 400, 400, 413]);
  expect((await tell('{"message":"Jane again"}', "a")).status).toBe(200);
  const page = await (await fetch(`${site.url}/team`)).text();
  expect(page).toContain("Jane &lt;b&gt;is on&lt;/b&gt; /pricing");
  expect(page).toContain("as Slack says it");
  expect(page).not.toContain("Jane again");
  // It reads itself anew, which is nobody's visit.
  expect(page).not.toContain("s.js");
});
