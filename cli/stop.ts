const stopLimitMs = 9000;

/** Resolves after SIGTERM or SIGINT and a clean stop; a stop that hangs ends the process within 10 s all the same. */
export function untilStopped(close: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    const stop = () => {
      if (stopping) return;
      stopping = true;
      setTimeout(() => process.exit(1), stopLimitMs).unref();
      close().then(resolve, reject);
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
  });
}
