import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Milliseconds that a process and its children have been on a processor, to the microsecond; undefined where there is no /proc. */
export function cpuMsOf(pid: number): number | undefined {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(`${tasks}/${pid}/schedstat`)) return undefined;
  let ns = 0;
  for (const task of readdirSync(tasks)) {
    try {
      ns += Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // A thread may end while the list is read.
    }
  }
  const children = readFileSync(`${tasks}/${pid}/children`, "utf8").trim().split(" ").filter((child) => child !== "");
  return ns / 1e6 + children.reduce((sum, child) => sum + (cpuMsOf(Number(child)) ?? 0), 0);
}
