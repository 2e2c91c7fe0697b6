/**
 * CPU milliseconds of this thread for one run: the least of five, so that neither a busy machine nor a cold start decides.
 * The run is handed its number, to make a text that no cache has seen.
 */
export function cpuMs(run: (round: number) => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const before = process.threadCpuUsage();
    run(round);
    const { user, system } = process.threadCpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
