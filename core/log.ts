import { type Logger, pino } from "pino";

export type Log = Logger;

const keyLike = /gtm_(sk|pk)_[0-9A-Za-z]{8,}/g;

/** JSON lines on stderr. Keys are cut short wherever they stand, since URLs and error texts reach logs too. */
export function createLog(level: string): Log {
  const destination = {
    write: (line: string) => {
      process.stderr.write(line.replace(keyLike, (key) => `${key.slice(0, 11)}…`));
    },
  };
  return pino({ level, base: undefined }, destination);
}
