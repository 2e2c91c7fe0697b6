import type { MigrationSql } from "./index.ts";

/** Consumers look for due jobs of their kind several times a second; dead ones are kept and never looked at. */
export const queueByKind: MigrationSql = () => ["CREATE INDEX jobs_due ON jobs (kind, run_at) WHERE state <> 'dead'"];
