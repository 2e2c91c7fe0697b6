import { describe, expect, it } from "vitest";
import type { InstallProblem, TagInfo } from "../../../api/console/contract.ts";
import { adviceFor, silenceChecklist } from "./install-advice.ts";

const tag: TagInfo = {
  html: '<script async src="https://signals.example.com/s.js" data-key="gtm_pk_x"></script>', pinnedHtml: "", scriptUrl: "https://signals.example.com/s.js", integrity: "", key: "gtm_pk_x", keyName: "Site",
  allowedOrigins: ["https://www.example.com"], mode: "anonymous",
};
const problem = (code: string, origin: string | null = "https://shop.example.com"): InstallProblem => ({ code, origin, message: "data.pageUrl: Required", at: 0, count: 1, key: null });

describe("what is wrong with an installation", () => {
  it("answers a wrong or old key with the right tag", () => {
    for (const code of ["API_KEY_INVALID", "MISSING_API_KEY", "API_KEY_REVOKED", "API_KEY_EXPIRED"]) {
      expect(adviceFor(problem(code), tag)).toMatchObject({ text: expect.stringContaining("https://shop.example.com") as string, paste: tag.html });
    }
  });

  it("names the site that is not on the list, the list, and the command that lets it in", () => {
    const key = { id: "k1", name: "Site", allowedOrigins: ["https://www.example.com", "https://example.com"] };
    const advice = adviceFor({ ...problem("ORIGIN_NOT_ALLOWED"), key }, tag);
    expect(advice.text).toContain("key “Site” takes signals only from https://www.example.com, https://example.com. If it is yours");
    expect(advice.paste).toContain("key origins k1 --allow https://shop.example.com ");
  });

  it("offers no command where there is no origin to let in, or one that a shell would run", () => {
    const key = { id: "k1", name: "Site", allowedOrigins: ["https://www.example.com"] };
    for (const origin of [null, "null", "https://x;reboot", "https://x$(reboot)", "https://x`reboot`", "https://x&reboot", "https://x'", "https://x --any", "file:///x"]) {
      expect(adviceFor({ ...problem("ORIGIN_NOT_ALLOWED", origin), key }, tag)).not.toHaveProperty("paste");
    }
    for (const origin of ["http://localhost:3000", "http://[::1]:8080", "https://xn--bcher-kva.example"]) {
      expect(adviceFor({ ...problem("ORIGIN_NOT_ALLOWED", origin), key }, tag).paste).toContain(`--allow ${origin} `);
    }
  });

  it("passes on the server's words where the body is wrong", () => {
    expect(adviceFor(problem("VALIDATION_ERROR"), tag).text).toContain("data.pageUrl: Required");
  });

  it("has words for a code that it does not know, and for a page without an origin", () => {
    const advice = adviceFor(problem("SOMETHING_NEW", null), null);
    expect(advice).toEqual({ title: "something new", text: "A page without an origin: data.pageUrl: Required" });
  });

  it("tells the page's own check and the exact policy when nothing arrives at all", () => {
    const pastes = silenceChecklist(tag).map((point) => point.paste);
    expect(pastes).toContain("?owlbound_debug");
    expect(pastes).toContain("script-src https://signals.example.com; connect-src https://signals.example.com");
  });
});
