import { existsSync } from "node:fs";
import { chromium } from "playwright";
import { OperatorError } from "../core/errors.ts";
import { aptInstall, canInstall } from "./debian.ts";

const debianChromium = "/usr/bin/chromium";

/** The path of a Chromium for the journeys: Playwright's own, else Debian's, else Debian's package when root. Throws naming the fix. */
export async function ensureBrowser(): Promise<string> {
  const find = () => [chromium.executablePath(), debianChromium].find((path) => path !== "" && existsSync(path));
  if (find() === undefined && canInstall()) await aptInstall("chromium");
  const found = find();
  if (found !== undefined) return found;
  throw new OperatorError("No Chromium was found for the browser tests. Install one: npx playwright install chromium, or (Debian) apt-get install chromium");
}
