import { existsSync } from "node:fs";
import { exec } from "./exec.ts";

/** True on Debian and its kin, as root. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
}

/** Installs a package; what came of it is seen by looking for its files. */
export async function aptInstall(name: string): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await exec("apt-get", ["update", "-qq"], { env });
  await exec("apt-get", ["install", "-y", "-qq", "--no-install-recommends", name], { env });
}
