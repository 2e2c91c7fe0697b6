import { describe, expect, it } from "vitest";
import type { InstallProblem, TagInfo } from "../../../api/console/contract.ts";
import { adviceFor, silenceChecklist } from "./install-advice.ts";

const tag: TagInfo = {
  html: '<script async src="https://signals.example.com/s.js" data-key="gtm_pk_x"></script>', pinnedHtml: "", scriptUrl: "https://signals.example.com/s.js", integrity: "", key: "gtm_pk_x", keyName: "Site",
  allowedOrigins: ["https://www.example.com"], mode: "anonymous",
};
const problem = (code: string, origin: string | null = "https://shop.example.com"): InstallProblem => ({ code, origin, message: "data.pageUrl: Required", at: 0, count: 1 });

describe("what is wrong with an installation", () => {
  it("answers a wrong or old key with the right tag", () => {
    for (const code of ["API_KEY_INVALID", "MISSING_API_KEY", "API_KEY_REVOKED", "API_KEY_EXPIRED"]) {
      expect(adviceFor(problem(code), tag, "ws")).toMatchObject({ text: expect.stringContaining("https://shop.example.com") as string, paste: tag.html });
    }
  });

  it("names the site that is not on the list, the list, and the command that mends it", () => {
    const advice = adviceFor(problem("ORIGIN_NOT_ALLOWED"), tag, "ws_1");
    expect(advice.text).toContain("https://www.example.com");
    expect(advice.paste).toContain("--workspace ws_1 --origin https://shop.example.com");
  });

  it("passes on the server's words where the body is wrong", () => {
    expect(adviceFor(problem("VALIDATION_ERROR"), tag, "ws").text).toContain("data.pageUrl: Required");
  });

  it("has words for a code that it does not know, and for a page without an origin", () => {
    const advice = adviceFor(problem("SOMETHING_NEW", null), null, "ws");
    expect(advice).toEqual({ title: "something new", text: "A page without an origin: data.pageUrl: Required" });
  });

  it("tells the page's own check and the exact policy when nothing arrives at all", () => {
    const pastes = silenceChecklist(tag).map((point) => point.paste);
    expect(pastes).toContain("?owlbound_debug");
    expect(pastes).toContain("script-src https://signals.example.com; connect-src https://signals.example.com");
  });
});
