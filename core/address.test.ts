import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cpuMs } from "../test/support/cpu-ms.ts";
import { OperatorError } from "../core/errors.ts";
import { limitBucket, trustedProxies, truncateAddress } from "./address.ts";

const visitor = "198.51.100.7";

describe("trustedProxies", () => {
  it("believes no header when the list is empty", () => {
    const address = trustedProxies([]);
    expect(address(visitor, "1.2.3.4")).toBe(visitor);
    expect(address("::1", "1.2.3.4")).toBe("::1");
  });

  it("believes no header that an untrusted address sent", () => {
    expect(trustedProxies(["10.0.0.0/8"])(visitor, "1.2.3.4")).toBe(visitor);
  });

  it("answers the rightmost untrusted address, whatever a visitor wrote to its left", () => {
    const address = trustedProxies(["10.0.0.0/8", "2001:db8::/32"]);
    expect(address("10.0.0.1", visitor)).toBe(visitor);
    expect(address("10.0.0.1", `127.0.0.1, 10.9.9.9, ${visitor}`)).toBe(visitor);
    expect(address("10.0.0.1", `1.1.1.1, ${visitor} , 10.2.2.2,10.3.3.3`)).toBe(visitor);
    expect(address("2001:db8::1", "1.1.1.1, 2606:4700:0:0::1")).toBe("2606:4700::1");
  });

  it("never answers what stands left of an untrusted address", () => {
    const address = trustedProxies(["10.0.0.0/8"]);
    const octet = fc.integer({ min: 11, max: 120 });
    fc.assert(
      fc.property(fc.array(fc.tuple(octet, octet).map(([a, b]) => `${a}.${b}.0.1`), { maxLength: 6 }), fc.array(fc.string()), (forged, junk) => {
        expect(address("10.0.0.1", [...junk, ...forged, visitor].join(","))).toBe(visitor);
      }),
    );
  });

  it("answers the farthest hop when every hop is trusted", () => {
    const address = trustedProxies(["10.0.0.0/8"]);
    expect(address("10.0.0.1", "10.0.0.3, 10.0.0.2")).toBe("10.0.0.3");
    expect(address("10.0.0.1", undefined)).toBe("10.0.0.1");
    expect(address("10.0.0.1", "")).toBe("10.0.0.1");
  });

  it.each(["unknown", "_hidden", "1.2.3", "0x7f000001", "127.1", "1.2.3.4.5", "256.1.1.1", "example.com", "", " ", "[", "[]", ":::", "<script>", "1.2.3.4 5.6.7.8", "0177.0.0.1", "9".repeat(70)])(
    "ends the walk at the entry %j",
    (junk) => {
      expect(trustedProxies(["10.0.0.0/8"])("10.0.0.1", `${visitor}, ${junk}, 10.0.0.2`)).toBe("10.0.0.2");
    },
  );

  it("reads entries with ports", () => {
    const address = trustedProxies(["10.0.0.0/8"]);
    expect(address("10.0.0.1", `${visitor}:4711`)).toBe(visitor);
    expect(address("10.0.0.1", "[2606:4700::1]:4711")).toBe("2606:4700::1");
  });

  it("treats IPv4-mapped IPv6 as IPv4, on the socket, in the header and in the list", () => {
    expect(trustedProxies([])("::ffff:198.51.100.7", undefined)).toBe(visitor);
    expect(trustedProxies(["10.0.0.0/8"])("::ffff:10.0.0.1", "::ffff:c633:6407")).toBe(visitor);
    expect(trustedProxies(["::ffff:10.0.0.0/104"])("10.0.0.1", visitor)).toBe(visitor);
  });

  it("takes single addresses, and ignores zones", () => {
    expect(trustedProxies(["192.0.2.7"])("192.0.2.7", visitor)).toBe(visitor);
    expect(trustedProxies(["192.0.2.7"])("192.0.2.8", visitor)).toBe("192.0.2.8");
    expect(trustedProxies(["fe80::/10"])("fe80::1%eth0", visitor)).toBe(visitor);
  });

  it("reads a header of a megabyte only from its end", () => {
    const address = trustedProxies(["10.0.0.0/8"]);
    const hops = "10.0.0.2,".repeat(120_000);
    const digits = "1".repeat(1_000_000);
    const took = cpuMs(() => {
      expect(address("10.0.0.1", hops + visitor)).toBe(visitor);
      expect(address("10.0.0.1", digits)).toBe("10.0.0.1");
      expect(address("10.0.0.1", `${hops}10.0.0.2`)).toBe("10.0.0.2");
    });
    expect(took).toBeLessThan(50);
  });

  it.each(["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8.5", "10.0.0", "proxy.local", "", "2001:db8::/129", "10.0.0.0/255.0.0.0"])("refuses the range %j and names the fix", (entry) => {
    expect(() => trustedProxies([entry])).toThrow(OperatorError);
    expect(() => trustedProxies([entry])).toThrow(/OWLBOUND_TRUSTED_PROXIES.*10\.0\.0\.0\/8/);
  });

  it.each(["0.0.0.0/0", "::/0"])("refuses %s, which would believe everybody", (entry) => {
    expect(() => trustedProxies([entry])).toThrow(/anybody/);
  });

  it("answers what it was given where the socket has no address", () => {
    expect(trustedProxies(["10.0.0.0/8"])("", visitor)).toBe("");
  });
});

describe("truncateAddress", () => {
  it.each([
    ["203.0.113.77", "203.0.113.0/24"],
    ["::ffff:203.0.113.77", "203.0.113.0/24"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
    ["::1", "::/48"],
    ["fe80::1%eth0", "fe80::/48"],
    ["", ""],
    ["junk", ""],
  ])("keeps only the network of %j", (address, expected) => {
    expect(truncateAddress(address)).toBe(expected);
    expect(truncateAddress(address)).toBe(expected);
  });
});

describe("limitBucket", () => {
  it.each([
    ["203.0.113.77", "203.0.113.77"],
    ["::ffff:203.0.113.77", "203.0.113.77"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::9", "2001:db8:1:2::/64"],
    ["", "unknown"],
    ["x".repeat(5000), "unknown"],
  ])("of %.40j is %s", (address, expected) => {
    expect(limitBucket(address)).toBe(expected);
    expect(limitBucket(address)).toBe(expected);
  });
});
