import { describe, expect, test } from "vitest";
import { companyOfRecord } from "./network-database.ts";
import { companyOfHost } from "./networks.ts";

describe("the host name of an address", () => {
  test.each([
    ["gate.acme.co.uk", "9.1.2.3", "acme.co.uk"],
    ["fw1.muc.bigcorp.de", "9.1.2.3", "bigcorp.de"],
    ["proxy.acme-industries.com", "2001:db8::7", "acme-industries.com"],
  ])("speaks for the company: %s", (host, address, domain) => expect(companyOfHost(host, address)).toBe(domain));

  test.each([
    ["p5b2a1c3d.dip0.t-ipconnect.de", "91.42.28.61"],
    ["ec2-9-1-2-3.compute-1.amazonaws.com", "9.1.2.3"],
    ["c-9-1-2-3.hsd1.ca.comcast.net", "9.1.2.3"],
    ["host3-2.small-isp.example", "9.1.2.3"],
    ["9-1-2-3.acme.com", "9.1.2.3"],
    ["3.2.1.9.acme.com", "9.1.2.3"],
    ["009001002003.acme.com", "9.1.2.3"],
    ["cb09010203.acme.com", "9.1.2.3"],
    ["dyn.acme.com", "9.1.2.3"],
    ["dsl-12.acme.com", "9.1.2.3"],
    ["pool7.acme.com", "9.1.2.3"],
    ["vps12.acme.com", "9.1.2.3"],
    ["mail.regional-telecom.com", "9.1.2.3"],
    ["x.cloudhoster.net", "9.1.2.3"],
    ["mx.gmail.com", "9.1.2.3"],
    ["acme.herokuapp.com", "9.1.2.3"],
    ["2001-db8-0-7.acme.com", "2001:db8::7"],
    ["localhost", "9.1.2.3"],
    ["co.uk", "9.1.2.3"],
    ["", "9.1.2.3"],
    [`${"a.".repeat(200)}acme.com`, "9.1.2.3"],
  ])("speaks for no company: %s", (host, address) => expect(companyOfHost(host, address)).toBeUndefined());
});

describe("a record of an operator's file", () => {
  test.each([
    ["of a company product", { company: { name: "Acme", domain: "www.acme.com", type: "business" } }, { domain: "acme.com", name: "Acme" }],
    ["with the traits of an enterprise product", { traits: { domain: "acme.com", organization: "Acme Corp", user_type: "business" } }, { domain: "acme.com", name: "Acme Corp" }],
    ["of a domain product", { domain: "acme.com" }, { domain: "acme.com", name: undefined }],
    ["of a network's owner who uses it", { as_domain: "acme.com", as_name: "Acme", as_type: "business" }, { domain: "acme.com", name: "Acme" }],
    ["of a network's owner: only a name to look for", { autonomous_system_organization: "Acme Corp", as_domain: "acme.com" }, { domain: undefined, name: "Acme Corp" }],
  ])("%s", (_name, record, found) => expect(companyOfRecord(record)).toEqual({ via: "mmdb", ...found }));

  test.each([
    ["an access provider", { company: { name: "Acme", domain: "acme.com", type: "isp" } }],
    ["a host", { company: { name: "Acme", domain: "acme.com", type: "hosting" } }],
    ["homes", { traits: { domain: "acme.com", user_type: "residential" } }],
    ["phones", { traits: { domain: "acme.com", user_type: "cellular" } }],
    ["a cloud by its flag", { domain: "acme.com", traits: { is_hosting_provider: true } }],
    ["an anonymiser", { domain: "acme.com", vpn: true }],
    ["a known carrier", { domain: "hetzner.com" }],
    ["a carrier by name", { autonomous_system_organization: "Regional Telecom SA" }],
    ["free mail", { domain: "gmail.com" }],
    ["nothing", {}],
    ["no record", null],
    ["odd values", { domain: 7, company: "x", traits: [] }],
  ])("of %s says nothing", (_name, record) => expect(companyOfRecord(record)).toBeUndefined());
});
