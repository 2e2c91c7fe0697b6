import { expect, test } from "vitest";
import { startApi } from "../support/api.ts";
import { newVisitor, useBrowser } from "../support/journey.ts";

const browser = useBrowser();

/** Where pictures of the page are put, if anywhere. */
const pictures = process.env["OWLBOUND_PICTURES"];

const desktop = { viewport: { width: 1280, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

test.each([
  ["desktop", "light", desktop],
  ["desktop", "dark", desktop],
  ["phone", "light", phone],
  ["phone", "dark", phone],
] as const)("the reference reads on a %s, %s, asks no other host and stays within a strict policy", async (device, colorScheme, options) => {
  const api = await startApi();
  const { page, errors } = await newVisitor(browser(), { ...options, colorScheme });
  const asked: string[] = [];
  const refused: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => void (message.text().includes("Content Security Policy") && refused.push(message.text())));
  const picture = async (name: string) => pictures && (await page.screenshot({ path: `${pictures}/docs-${device}-${colorScheme}-${name}.png` }));

  const answer = await page.goto(`${api.url}/docs`);
  expect(answer?.headers()["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self' 'sha256-[^']+'; .*frame-ancestors 'none'$/);
  await page.getByRole("heading", { name: /Owlbound API/ }).waitFor();
  await picture("top");

  // A link to one operation, as a colleague would send it.
  await page.goto("about:blank");
  await page.goto(`${api.url}/docs#/signals/signalscreate`);
  await page.getByRole("heading", { name: "Ingest a signal" }).waitFor();
  await expect.poll(() => page.getByText("website_tracker").count()).toBeGreaterThan(0);
  await picture("operation");

  expect(await page.evaluate(() => document.documentElement.className)).toContain(colorScheme);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  expect(new Set(asked.map((url) => new URL(url).protocol))).toContain("http:");
  expect(asked.filter((url) => url.startsWith("http") && !url.startsWith(`${api.url}/`))).toEqual([]);
  expect(refused).toEqual([]);
  expect(errors).toEqual([]);
});
