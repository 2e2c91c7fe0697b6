import { basename } from "node:path";
import maxmind from "maxmind";
import { z } from "zod";
import { ConnectorError } from "../../call-words.ts";
import { provider } from "../../provider.ts";

const config = z.strictObject({
  database: z.string().min(1).max(200).meta({ description: "File name of a database that the operator lists in OWLBOUND_MMDB" }),
});

/** A database of addresses on the server's own disk. A workspace chooses among the operator's files, never a path (security row 41). */
export const mmdb = provider({
  slug: "mmdb",
  name: "Address database (MMDB)",
  category: "enrichment",
  docs: "https://maxmind.github.io/MaxMind-DB/",
  config,
  secrets: [],
  calls: [],
  target: () => undefined,
  check: (outside, given) => (pathOf(outside.config.mmdb, given.database) === undefined ? { field: "database", message: "is no file that the operator lists in OWLBOUND_MMDB" } : undefined),
  probe: async (outside, given) => {
    const path = pathOf(outside.config.mmdb, given.database);
    if (path === undefined) throw new ConnectorError("refused", "The operator does not list this database in OWLBOUND_MMDB any more.");
    try {
      const { metadata } = await maxmind.open(path);
      return { type: metadata.databaseType, builtAt: metadata.buildEpoch.getTime(), ipVersion: metadata.ipVersion, nodes: metadata.nodeCount };
    } catch (error) {
      // A path in the error is the operator's, not the workspace's.
      throw new ConnectorError("refused", "The database can't be opened: it is missing, not readable, or no MMDB file.", { cause: error });
    }
  },
  call: () => Promise.reject(new ConnectorError("refused", "An address database is read, and not called.")),
});

const pathOf = (paths: readonly string[], name: string) => paths.find((path) => basename(path) === name);
