import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { createApp } from "../api/http/app.ts";
import type { Parts } from "../api/http/context.ts";
import { createTriggers } from "../api/runs/index.ts";
import { createExposures, createKeyRing, createKeyUses } from "../api/keys/index.ts";
import { createIdempotency, createLedger, createLimiter } from "../api/usage/index.ts";
import { createDailyCap, createNetworkLookup, createProblems, createReverseDns, createSalts, openNetworkDatabases } from "../collector/index.ts";
import { trustedProxies } from "../core/address.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { Config } from "../core/config.ts";
import { createCursors } from "../core/cursor.ts";
import { OperatorError } from "../core/errors.ts";
import { createLog, type Log } from "../core/log.ts";
import { createNews } from "../core/news.ts";
import { createSafeFetch } from "../core/safe-fetch.ts";
import { deriveSecret } from "../core/secret.ts";
import { openStore } from "../store/index.ts";
import { openInstanceSecret } from "../store/sealed.ts";
import type { Store } from "../store/store.ts";
import { startConsumers } from "../worker/consumers.ts";
import { startDispatch } from "../worker/dispatch-events.ts";
import { type Engine, startEngine } from "../worker/engine.ts";
import { startJobs } from "../worker/jobs.ts";
import { startRouter } from "../worker/router.ts";
import { startSchedules } from "../worker/schedules.ts";
import { startSender } from "../worker/send-webhooks.ts";

export interface Running {
  url: string;
  app: FastifyInstance;
  store: Store;
  parts: Parts;
  /** Stops accepting, finishes what was accepted, checkpoints. */
  close(): Promise<void>;
}

/** Opens the store that a configuration names. */
export function openConfigured(config: Config, clock: Clock = systemClock): Promise<Store> {
  return openStore({
    databaseUrl: config.databaseUrl,
    file: join(config.dataDir, "owlbound.db"),
    now: () => clock.now(),
    limits: { slowReadLimitMs: config.slowReadLimitMs },
    ...(config.maxPageCount === undefined ? {} : { maxPageCount: config.maxPageCount }),
  });
}

/** Starts everything on one port. Throws OperatorError with the fix when it can't. */
export async function startServer(config: Config, options: { clock?: Clock; log?: Log; store?: Store } = {}): Promise<Running> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? createLog(config.logLevel);
  // Before the store: a bad range stops the start, with nothing to close.
  const addressOf = trustedProxies(config.trustedProxies);
  const outbound = createSafeFetch(config.allowOutbound);
  const database = config.mmdb.length === 0 ? undefined : await openNetworkDatabases(config.mmdb);
  const reverseDns = config.reverseDns.length === 0 || config.reverseDns.includes("off") ? undefined : createReverseDns(config.reverseDns);
  const store = options.store ?? (await openConfigured(config, clock));
  const secret = await openInstanceSecret(store, config.dataDir, config.secret).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const news = createNews();
  let address = "";
  let consumers: ReturnType<typeof startConsumers> | undefined;
  let engine: Engine | undefined;
  let sender: ReturnType<typeof startSender> | undefined;
  const parts: Parts = {
    config,
    store,
    clock,
    log,
    secret,
    outbound,
    runNews: createNews(),
    wakeJobs: () => {
      consumers?.wake();
      engine?.wake();
      sender?.wake();
    },
    addressOf,
    news,
    keys: createKeyRing(store, clock),
    limiter: createLimiter(store, clock, config),
    ledger: createLedger(store),
    problems: createProblems(store),
    noteExposure: createExposures({ store, clock, log, news }),
    noteUse: createKeyUses(store, clock),
    idempotency: createIdempotency(store, deriveSecret(secret, "idempotency")),
    salts: createSalts(store),
    networks: database || reverseDns ? createNetworkLookup({ database, reverseDns }, (workspaceId) => news.tell(workspaceId)) : undefined,
    dailyCap: createDailyCap(store, config.dailyRowLimit),
    cursors: createCursors(deriveSecret(secret, "cursors")),
    identitySecret: (keyId) => identitySecret(secret, keyId),
    publicUrl: () => config.publicUrl?.replace(/\/$/, "") ?? address,
    distDir: join(import.meta.dirname, "..", "dist"),
  };
  const app = createApp(parts);
  address = await listen(app, config);
  engine = startEngine(parts);
  const triggers = createTriggers(store, news);
  const router = startRouter(parts, triggers, engine);
  const schedules = startSchedules(parts);
  consumers = startConsumers(parts);
  sender = startSender(parts);
  const dispatch = startDispatch(parts);
  const jobs = startJobs(store, clock, log);
  return {
    url: address,
    app,
    store,
    parts,
    close: async () => {
      // Connections that fall idle only after the stop began would each hold it up for their keep-alive time.
      const sweep = setInterval(() => app.server.closeIdleConnections(), 100);
      await app.close().finally(() => clearInterval(sweep));
      await router.stop();
      triggers.stop();
      await parts.networks?.close();
      await Promise.all([jobs.stop(), dispatch.stop(), schedules.stop(), consumers?.stop(), engine?.stop(), sender?.stop()]);
      await outbound.close();
      await store.close();
    },
  };
}

/** Signs identify calls of a key (`proof`); derived, so that it is nowhere stored. */
export const identitySecret = (secret: string, keyId: string): string => deriveSecret(secret, `identity ${keyId}`);

async function listen(app: FastifyInstance, config: Config): Promise<string> {
  try {
    const url = await app.listen({ host: config.host, port: config.port });
    const { port } = new URL(url);
    const host = config.host === "0.0.0.0" || config.host === "::" ? "127.0.0.1" : config.host;
    return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "EADDRINUSE") throw new OperatorError(`Port ${config.port} is taken. Choose another: PORT=8790 npm start (or --port 8790).`);
    if (code === "EACCES") throw new OperatorError(`Port ${config.port} needs more rights. Choose one above 1023 with PORT or --port.`);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") throw new OperatorError(`${config.host} is no address of this machine. Choose another with HOST or --host.`);
    throw error;
  }
}
