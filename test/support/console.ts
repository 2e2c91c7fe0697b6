import type { Browser, BrowserContextOptions, Page } from "playwright";
import { createSetupToken } from "../../api/console/index.ts";
import { newVisitor, type startTagged } from "./journey.ts";

type Api = Awaited<ReturnType<typeof startTagged>>;

/** A one-time link to the console. */
export async function newLink(api: Api): Promise<string> {
  return `${api.url}/console/#setup=${await createSetupToken(api.store, Date.now(), api.workspace.id)}`;
}

/** The console, opened by a one-time link and connected. What its policy refuses counts as an error. */
export async function openConsole(browser: Browser, api: Api, options: BrowserContextOptions = {}): Promise<{ page: Page; errors: string[] }> {
  const { page, errors } = await newVisitor(browser, { viewport: { width: 1280, height: 900 }, ...options });
  page.on("console", (message) => message.text().includes("Content Security Policy") && errors.push(message.text()));
  await page.goto(await newLink(api));
  await page.getByText("Live", { exact: true }).waitFor();
  return { page, errors };
}

/** What is polled holds for good once it holds: the time only says when to give up. */
export const patient = { timeout: 30_000 };
