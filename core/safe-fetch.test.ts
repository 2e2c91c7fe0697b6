import type { LookupAddress } from "node:dns";
import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { startFarSide } from "../test/support/far-side.ts";
import { testCertificate } from "../test/support/tls.ts";
import type { ResolveAll } from "./outbound-address.ts";
import { createSafeFetch, OutboundError, type Outgoing } from "./safe-fetch.ts";

/** A way out that is closed when the test ends. `names`: what a name service of the test's answers, one answer after the other. */
function open(allow: readonly string[] = [], names: Record<string, string[][]> = {}, ca?: string) {
  const asked: string[] = [];
  const resolveAll: ResolveAll = (hostname, callback) => {
    asked.push(hostname);
    const answers = names[hostname] ?? [];
    const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    const found = addresses.map((address): LookupAddress => ({ address, family: address.includes(":") ? 6 : 4 }));
    setImmediate(() => callback(found.length === 0 ? new Error("ENOTFOUND") : null, found));
  };
  const outbound = createSafeFetch(allow, { ...(Object.keys(names).length > 0 ? { resolveAll } : {}), ...(ca === undefined ? {} : { ca }) });
  onTestFinished(() => outbound.close());
  /** The kind of failure, or the answer's text. */
  const outcome = (url: string, request?: Outgoing) => outbound(url, request).then(({ text }) => text, (error: unknown) => (error instanceof OutboundError ? error.kind : error));
  return { outbound, outcome, asked };
}

/** It is here, and nobody may reach it. */
async function startCanary() {
  const canary = await startFarSide(() => ({ body: "the canary" }), { host: "::" });
  // Else no refusal would prove a thing.
  expect(await (await fetch(`http://127.0.0.1:${canary.port}/`)).text()).toBe("the canary");
  canary.heard.length = 0;
  return canary;
}

/** `%` stands for the canary's port. */
const spellings = [
  // Loopback, as people and attackers write it.
  "http://127.0.0.1:%/", "http://127.0.0.2:%/", "http://127.255.255.254:%/", "http://127.1:%/", "http://127.0.1:%/", "http://2130706433:%/", "http://0x7f000001:%/",
  "http://0x7f.0.0.1:%/", "http://0x7f.1:%/", "http://0177.0.0.1:%/", "http://017700000001:%/", "http://0177.0x0.0.1:%/", "http://127.0.0.1.:%/", "http://0:%/", "http://0.0.0.0:%/",
  "http://0.1.2.3:%/", "http://%31%32%37.0.0.1:%/", "http://127%2e0%2e0%2e1:%/", "http://１２７.０.０.１:%/", "http://127。0。0。1:%/", "http://127．0．0．1:%/", "http://①②⑦.⓪.⓪.①:%/",
  "http://00000000177.0.0.1:%/", "http://127.00.00.01:%/", "http:127.0.0.1:%/", "http:\\\\127.0.0.1:%/", "http:/127.0.0.1:%/", "http://\t127.0.0.1:%/", " http://127.0.0.1:%/", "HTTP://127.0.0.1:%/",
  // IPv6 loopback and unspecified.
  "http://[::1]:%/", "http://[0:0:0:0:0:0:0:1]:%/", "http://[0000::0001]:%/", "http://[::]:%/", "http://[::0.0.0.1]:%/", "http://[::1%25lo]:%/", "http://[fe80::1%25eth0]:%/",
  // IPv6 that carries IPv4: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP.
  "http://[::ffff:127.0.0.1]:%/", "http://[::ffff:7f00:1]:%/", "http://[0:0:0:0:0:ffff:7f00:0001]:%/", "http://[::127.0.0.1]:%/", "http://[::7f00:1]:%/", "http://[::ffff:0:7f00:1]:%/",
  "http://[64:ff9b::7f00:1]:%/", "http://[64:ff9b::127.0.0.1]:%/", "http://[64:ff9b:1::7f00:1]:%/", "http://[2002:7f00:1::]:%/", "http://[2002:7f00:1::1]:%/", "http://[2001:0:7f00:1::]:%/",
  "http://[2001::a00:1]:%/", "http://[2606:4700::5efe:7f00:1]:%/", "http://[2606:4700::200:5efe:10.0.0.1]:%/", "http://[::ffff:169.254.169.254]/", "http://[::10.0.0.1]/",
  // Private, link-local, shared, multicast, documentation, benchmarks, reserved.
  "http://10.0.0.1/", "http://10.255.255.255/", "http://172.16.0.1/", "http://172.31.255.254/", "http://192.168.1.1/", "http://192.168.0.1.:8080/", "http://3232235777/", "http://0xa.1/",
  "http://169.254.169.254/latest/meta-data/", "http://169.254.0.1/", "http://2852039166/", "http://0xa9fea9fe/", "http://0251.0376.0251.0376/", "http://100.64.0.1/", "http://100.100.100.200/", "http://100.127.255.254/",
  "http://224.0.0.1/", "http://239.255.255.250/", "http://255.255.255.255/", "http://240.0.0.1/", "http://192.0.0.192/", "http://192.0.2.1/", "http://198.51.100.7/", "http://203.0.113.9/", "http://198.18.0.1/",
  "http://192.88.99.1/", "http://192.31.196.1/", "http://192.52.193.1/", "http://192.175.48.1/", "http://168.63.129.16/machine/",
  "http://[fc00::1]/", "http://[fd00:ec2::254]/", "http://[fe80::1]/", "http://[febf::1]/", "http://[fec0::1]/", "http://[ff02::1]/", "http://[2001:db8::1]/", "http://[3fff::1]/", "http://[100::1]/",
  "http://[2001:2::1]/", "http://[2001:10::1]/", "http://[2001:20::1]/", "http://[5f00::1]/", "http://[4000::1]/", "http://[2620:4f:8000::1]/",
  // Names of a network of its own.
  "http://localhost:%/", "http://LOCALHOST:%/", "http://localhost.:%/", "http://localhost..:%/", "http://a.localhost:%/", "http://ⓛocalhost:%/", "http://ｌｏｃａｌｈｏｓｔ:%/", "http://localhost%2e:%/", "http://localhost.localdomain:%/", "http://printer.local/",
  "http://metadata.google.internal/", "http://db.internal./", "http://router.lan/", "http://box.home.arpa/", "http://intranet/", "http://kubernetes.default.svc.cluster.local/", "http://metadata/", "http://ip6-loopback:%/",
  // What is no web address, or hides where it leads.
  "ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:%/_x", "data:text/plain,x", "javascript:1", "unix:/run/x.sock", "ws://127.0.0.1:%/", "http://user@example.com/", "http://:pass@example.com/",
  "http://example.com@127.0.0.1:%/", "http://127.0.0.1:%#@example.com/", "http://example.com:0/", "http://example.com:99999/", "http://[::1/", "http:///", "http://256.256.256.256/", "http://1.2.3.4.5/", "http://1.2.3.0x100/", "//example.com/", "",
];

test(`none of ${spellings.length} spellings of addresses that are not public is ever connected to`, async () => {
  expect(new Set(spellings).size).toBeGreaterThanOrEqual(60);
  const canary = await startCanary();
  const { outcome, outbound } = open();
  for (const spelling of spellings) {
    const url = spelling.replaceAll(/:%(?=\D|$)/g, `:${canary.port}`);
    expect([spelling, await outcome(url)]).toEqual([spelling, "refused"]);
    const host = URL.canParse(url) ? new URL(url).hostname : "";
    // Mail and mailboxes ask by host; what is no address at all was refused by its scheme or user name above.
    if (/^https?:/i.test(url.trim()) && host !== "" && !host.endsWith("example.com")) await expect([spelling, await outbound.resolve(host, 25).catch((error: OutboundError) => error.kind)]).toEqual([spelling, "refused"]);
  }
  expect(canary.heard).toEqual([]);
});

test("ports that speak another protocol than HTTP are not connected to, not even with the operator's leave", async () => {
  const { outcome } = open(["127.0.0.0/8"]);
  for (const port of [22, 25, 53, 110, 143, 587, 993, 6000, 6667]) expect([port, await outcome(`http://127.0.0.1:${port}/`)]).toEqual([port, "network"]);
});

describe("names", () => {
  test.each([
    ["loopback", ["127.0.0.1"]],
    ["a mix, the public one first", ["93.184.216.34", "127.0.0.1"]],
    ["a mix, the public one last", ["127.0.0.1", "93.184.216.34"]],
    ["IPv6 loopback", ["::1"]],
    ["mapped", ["::ffff:127.0.0.1"]],
    ["link-local with a zone", ["fe80::1%lo"]],
    ["unspecified", ["0.0.0.0"]],
    ["NAT64", ["64:ff9b::7f00:1"]],
    ["private", ["10.1.2.3"]],
    ["the metadata service", ["169.254.169.254"]],
    ["no address", ["not-an-address"]],
  ])("that resolve to %s are refused before a connection", async (_what, addresses) => {
    const canary = await startCanary();
    const { outcome, outbound } = open([], { "trap.example.com": [addresses] });
    expect(await outcome(`http://trap.example.com:${canary.port}/`)).toBe("refused");
    expect(await outcome(`http://trap.example.com.:${canary.port}/`)).not.toBe("the canary");
    await expect(outbound.resolve("trap.example.com", 25)).rejects.toMatchObject({ kind: "refused" });
    expect(canary.heard).toEqual([]);
  });

  test("are asked once a connection, and connected to by the address that was checked (rebinding)", async () => {
    const canary = await startCanary();
    // Stands for a public one: the operator lets it through by its range.
    const near = await startFarSide(() => ({ body: "near", headers: { connection: "close" } }), { host: "127.0.0.2", port: canary.port }).catch(() => undefined);
    const public_ = near ?? (await startFarSide(() => ({ body: "near", headers: { connection: "close" } }), { host: "127.0.0.2" }));
    const { outcome, asked } = open(["127.0.0.2/32"], { "rebind.example.com": [["127.0.0.2"], ["127.0.0.1"], ["::1"], ["127.0.0.2"]] });
    const url = `http://rebind.example.com:${public_.port}/`;
    expect([await outcome(url), asked.length]).toEqual(["near", 1]);
    expect([await outcome(url), await outcome(url), await outcome(url)]).toEqual(["refused", "refused", "near"]);
    expect(public_.heard.map(({ headers }) => headers.host)).toEqual(Array(2).fill(`rebind.example.com:${public_.port}`));
    expect(canary.heard).toEqual([]);
  });

  test("that can't be resolved are a failure of the network, in the one text", async () => {
    const { outbound } = open([], { "known.example.com": [["10.0.0.1"]] });
    const failures = await Promise.all(["http://unknown.example.com/", "http://known.example.com/", "http://127.0.0.1/"].map((url) => outbound(url).catch((error: OutboundError) => error)));
    expect(failures).toMatchObject([{ kind: "network" }, { kind: "refused" }, { kind: "refused" }]);
    expect(new Set(failures.map((error) => (error as OutboundError).message)).size).toBe(1);
  });
});

describe("the operator's list", () => {
  test("lets a host with a port through, and no other port", async () => {
    const [far, other] = [await startFarSide(() => ({ body: "far" })), await startFarSide(() => ({ body: "other" }))];
    const { outcome, outbound } = open([`localhost:${far.port}`, `127.0.0.1:${far.port}`]);
    expect([await outcome(far.url), await outcome(`http://LOCALHOST:${far.port}/`), await outcome(`http://0x7f.1:${far.port}/`), await outcome(other.url)]).toEqual(["far", "far", "far", "refused"]);
    expect([outbound.vouches("LOCALHOST.", far.port), outbound.vouches("localhost", other.port), outbound.vouches("127.0.0.2", far.port)]).toEqual([true, false, false]);
    expect(await outbound.resolve("127.0.0.1", far.port)).toBe("127.0.0.1");
  });

  test("lets a range through, however the address is spelled", async () => {
    const far = await startFarSide(() => ({ body: "far" }), { host: "::" });
    const { outcome } = open(["127.0.0.0/8", "::1/128"]);
    for (const host of ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433"]) expect([host, await outcome(`http://${host}:${far.port}/`)]).toEqual([host, "far"]);
    expect(await outcome("http://10.0.0.1/")).toBe("refused");
  });

  test.each(["http://x.internal", "x.internal/path", "10.0.0.0/99", "user@host", "*.internal", "", "a b", "host:99999", "[::1", "host?x", "host#x"])("that is no list stops the start: %j", (entry) => {
    expect(() => createSafeFetch([entry])).toThrow(/OWLBOUND_ALLOW_OUTBOUND/);
  });

  test.each(["db.internal", "db.internal:80", "10.1.2.3", "[::1]:8080", "::1", "10.0.0.0/8", "fd00::/8"])("may hold %s", async (entry) => {
    const outbound = createSafeFetch([entry]);
    expect(await outbound.close()).toBeUndefined();
  });
});

describe("redirects", () => {
  const to = (location: string, status = 302) => ({ status, headers: { location } });

  test("are a failure unless asked for", async () => {
    const far = await startFarSide(({ url }) => (url === "/" ? to("/next") : { body: "next" }));
    const { outcome } = open(["127.0.0.1"]);
    expect([await outcome(far.url), await outcome(far.url, { redirectsMax: 1 })]).toEqual(["redirect", "next"]);
    expect(await outcome(`${far.url}/`, { method: "POST", body: "{}" })).toBe("redirect");
  });

  test("are followed three times at most, whatever is asked for", async () => {
    const far = await startFarSide(({ url }) => (url === "/0" ? { body: "there" } : to(`/${Number(url.slice(1)) - 1}`)));
    const { outcome } = open(["127.0.0.1"]);
    expect([await outcome(`${far.url}/3`, { redirectsMax: 9 }), await outcome(`${far.url}/4`, { redirectsMax: 9 })]).toEqual(["there", "redirect"]);
  });

  test("are checked one by one", async () => {
    const canary = await startCanary();
    let place = "";
    const far = await startFarSide(() => to(place));
    const { outcome } = open([`127.0.0.1:${far.port}`]);
    for (place of [`http://127.0.0.1:${canary.port}/`, `http://[::1]:${canary.port}/`, `//localhost:${canary.port}/`, "http://169.254.169.254/", "http://user:pw@example.com/", "file:///etc/passwd", "data:,x", "http://[::1/"]) {
      expect([place, await outcome(far.url, { redirectsMax: 3 })]).toEqual([place, "refused"]);
    }
    expect(canary.heard).toEqual([]);
  });

  test("never lead from https to http, and a certificate that nobody vouches for is no connection", async () => {
    const plain = await startFarSide(() => ({ body: "plain" }));
    const safe = await startFarSide(({ url }) => (url === "/down" ? to(plain.url) : { body: "safe" }), { tls: true });
    const { outcome } = open(["127.0.0.1"], {}, testCertificate);
    expect([await outcome(safe.url), await outcome(`${safe.url}/down`, { redirectsMax: 3 })]).toEqual(["safe", "redirect"]);
    expect(plain.heard).toEqual([]);
    expect(await open(["127.0.0.1"]).outcome(safe.url)).toBe("network");
  });

  test("to another origin carry no secret: no header but harmless ones, and no body at all", async () => {
    const other = await startFarSide(() => ({ body: "other" }));
    const far = await startFarSide(({ url }) => (url === "/same" ? to("/end", 307) : url === "/end" ? { body: "end" } : to(other.url, Number(url.slice(1)))));
    const { outcome } = open(["127.0.0.1"]);
    const headers = { Authorization: "Bearer s3cret", "X-API-Key": "s3cret", Cookie: "s=s3cret", Accept: "application/json" };
    expect(await outcome(`${far.url}/302`, { headers, redirectsMax: 1 })).toBe("other");
    expect(JSON.stringify(other.heard)).not.toContain("s3cret");
    expect(other.heard[0]?.headers).toMatchObject({ accept: "application/json" });
    expect(await outcome(`${far.url}/same`, { headers, method: "POST", body: "kept", redirectsMax: 1 })).toBe("end");
    expect(far.heard.at(-1)).toMatchObject({ method: "POST", body: "kept", headers: { authorization: "Bearer s3cret" } });
    expect(await outcome(`${far.url}/307`, { headers, method: "POST", body: "s3cret", redirectsMax: 1 })).toBe("redirect");
    expect(await outcome(`${far.url}/303`, { headers, method: "POST", body: "s3cret", redirectsMax: 1 })).toBe("other");
    expect(other.heard.at(-1)).toMatchObject({ method: "GET", body: "" });
    expect(JSON.stringify(other.heard)).not.toContain("s3cret");
  });

  test("that say not where to are a failure", async () => {
    const far = await startFarSide(() => ({ status: 302 }));
    expect(await open(["127.0.0.1"]).outcome(far.url, { redirectsMax: 3 })).toBe("redirect");
  });
});

describe("an answer", () => {
  test("of more bytes than are read ends the reading, compressed ones counted as they unfold", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const nested = gzipSync(bomb);
    const endless = (write: (chunk: Buffer) => boolean) => void (write(Buffer.alloc(65_536, "x")) ? setImmediate(endless, write) : undefined);
    const far = await startFarSide(({ url }) => (response) => {
      if (url === "/bomb") return response.writeHead(200, { "content-encoding": "gzip", "content-type": "text/plain" }).end(bomb);
      if (url === "/nested") return response.writeHead(200, { "content-encoding": "gzip, gzip" }).end(nested);
      if (url === "/small") return response.writeHead(200).end("x".repeat(100));
      response.writeHead(200);
      const more = () => endless((chunk) => !response.destroyed && response.write(chunk));
      response.on("drain", more);
      more();
    });
    const { outcome } = open(["127.0.0.1"]);
    for (const path of ["bomb", "nested", "endless"]) expect([path, await outcome(`${far.url}/${path}`)]).toEqual([path, "too_large"]);
    expect([await outcome(`${far.url}/small`, { bytesMax: 99 }), await outcome(`${far.url}/small`, { bytesMax: 100 })]).toEqual(["too_large", "x".repeat(100)]);
  });

  test("has its time in all: for connecting, for headers, for each byte that drips", async () => {
    const far = await startFarSide(({ url }) => (response) => {
      if (url === "/silent") return;
      response.writeHead(200);
      const drip = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(drip));
    });
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void silent.close());
    const { outcome } = open(["127.0.0.1"]);
    for (const path of ["/silent", "/drip"]) expect([path, await outcome(far.url + path, { timeoutMs: 300 })]).toEqual([path, "timeout"]);
    expect(await outcome(`https://127.0.0.1:${(silent.address() as { port: number }).port}/`, { timeoutMs: 300 })).toBe("timeout");
  });

  test("of another type than is read is a failure, and no text beside a failure's status", async () => {
    const types: Record<string, string> = { "/json": "Application/JSON; charset=utf-8", "/html": "text/html", "/none": "", "/teapot": "text/plain" };
    const far = await startFarSide(({ url }) => (response) => {
      response.writeHead(url === "/teapot" ? 418 : 200, types[url] === "" ? {} : { "content-type": types[url] ?? "" }).end("body");
    });
    const { outbound, outcome } = open(["127.0.0.1"]);
    const request = { types: ["application/json"] };
    expect([await outcome(`${far.url}/json`, request), await outcome(`${far.url}/html`, request), await outcome(`${far.url}/none`, request)]).toEqual(["body", "type", "type"]);
    expect(await outbound(`${far.url}/teapot`, request)).toMatchObject({ status: 418, text: "" });
  });
});

describe("a request", () => {
  test.each([
    ["a line break in a value", { "x-a": "1\r\nx-b: 2" }], ["a lone LF", { "x-a": "1\n2" }], ["NUL", { "x-a": "\0" }], ["a line break in a name", { "x-a: 1\r\nx-b": "2" }], ["no name", { "": "x" }],
    ["another Host", { Host: "internal" }], ["a length of its own", { "Content-Length": "3" }], ["chunks of its own", { "transfer-encoding": "chunked" }], ["an upgrade", { upgrade: "h2c" }], ["a connection", { Connection: "upgrade" }],
    ["a proxy's words", { "Proxy-Authorization": "Basic eA==" }], ["letters past Latin-1", { "x-a": "日本" }],
  ])("with %s is not sent", async (_what, headers) => {
    const far = await startFarSide(() => ({ body: "far" }));
    expect(await open(["127.0.0.1"]).outcome(far.url, { headers })).toBe("refused");
    expect(far.heard).toEqual([]);
  });

  test("goes by HTTP/1.1, past the environment's proxies, with what was given", async () => {
    const proxy = await startFarSide(() => ({ body: "proxy" }));
    for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]) vi.stubEnv(name, proxy.url);
    vi.stubEnv("NODE_USE_ENV_PROXY", "1");
    onTestFinished(() => void vi.unstubAllEnvs());
    const far = await startFarSide(() => ({ status: 201, headers: { "x-b": "2" }, body: "far" }));
    const answer = await open(["127.0.0.1"]).outbound(`${far.url}/a?b=c`, { method: "PUT", headers: { "X-A": "1" }, body: "ü" });
    expect(answer).toMatchObject({ status: 201, text: "far", url: `${far.url}/a?b=c`, headers: { "x-b": "2" } });
    expect(far.heard).toMatchObject([{ method: "PUT", url: "/a?b=c", httpVersion: "1.1", body: "ü", headers: { "x-a": "1", "user-agent": "Owlbound/1.0" } }]);
    expect(proxy.heard).toEqual([]);
  });
});
