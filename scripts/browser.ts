import { existsSync } from "node:fs";
import { chromium } from "playwright";
import { OperatorError } from "../core/errors.ts";
import { exec } from "./stages.ts";

const debianChromium = "/usr/bin/chromium";

/** A Chromium for the journeys: Playwright's own, else Debian's, else Debian's package when root. Throws naming the fix. */
export async function ensureBrowser(): Promise<string> {
  for (const path of [chromium.executablePath(), debianChromium]) if (path !== "" && existsSync(path)) return path;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    await aptInstall("chromium");
    if (existsSync(debianChromium)) return debianChromium;
  }
  throw new OperatorError("No Chromium was found for the browser tests. Install one: npx playwright install chromium, or (Debian) apt-get install chromium");
}

/** Installs a Debian package, as root. */
export async function aptInstall(name: string): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await exec("apt-get", ["update", "-qq"], env);
  await exec("apt-get", ["install", "-y", "-qq", "--no-install-recommends", name], env);
}
