// The program as a value: everything is built and wired here, and nowhere else. main.ts adds the process around it.
import { randomUUID } from 'node:crypto';
import { authenticateNobody } from './auth/authenticate.ts';
import type { Config } from './config.ts';
import { type OpenDatabase, openDatabase } from './db/open-database.ts';
import { type Pools, createPools } from './db/pools.ts';
import { Feed } from './feed/feed.ts';
import { createXStateEngine } from './fsm/xstate-engine.ts';
import { createAnswer } from './http/answer.ts';
import { createGraphQL } from './http/graphql.ts';
import { Metrics } from './http/metrics.ts';
import { type Api, type RunningServer, listen } from './http/server.ts';
import { createSocketServer } from './http/websocket.ts';
import { FileReader } from './lifecycle/file-reader.ts';
import { LIFECYCLE_CONNECTIONS, type Lifecycle, createLifecycle } from './lifecycle/lifecycle.ts';
import { crashAt } from './lifecycle/seams.ts';
import type { Logger } from './log.ts';
import { createNewId } from './new-id.ts';
import type { Services } from './schema/context.ts';
import { SubscriptionSlots } from './schema/subscriptions/slots.ts';

export type Role = 'serve' | 'api' | 'worker';

export interface Program {
  readonly url: string;
  /** Resolves with a reason if the embedded server ends without having been asked to. */
  readonly broken: Promise<string>;
  /** Not ready, in-flight work finished, sockets closed, database closed. Idempotent. */
  stop(): Promise<void>;
}

/** What every part is made of. */
interface Base {
  readonly config: Config;
  readonly log: Logger;
  readonly database: OpenDatabase;
  readonly pools: Pools;
  readonly metrics: Metrics;
}

const now = (): number => performance.now();

/** @throws StartupError when it cannot start; nothing is left running then */
export async function startProgram(config: Config, role: Role, log: Logger): Promise<Program> {
  const database = await openDatabase(config, log);
  const pools = createPools(database.url, LIFECYCLE_CONNECTIONS, log);
  try {
    return await startOn({ config, log, database, pools, metrics: new Metrics() }, role);
  } catch (error) {
    await pools.close();
    await database.embedded?.stop();
    throw error;
  }
}

async function startOn(base: Base, role: Role): Promise<Program> {
  const { config, log, pools, metrics, database } = base;
  const reader = new FileReader(pools.reads);
  const feed = await startFeed(base, reader);
  const lifecycle = buildLifecycle(base, feed);
  const api = role === 'worker' ? null : buildApi(base, buildServices(config, lifecycle, reader, feed));
  metrics.observe({ feed, sockets: () => api?.sockets.connections ?? 0 });
  let draining = false;
  const isReady = (): boolean => !draining && feed.isHealthy;
  try {
    const server = await listen(
      { api, metrics, log, isReady, stalledMs: config.slowClientMs },
      config.host,
      config.port,
    );
    let stopped: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      draining = true;
      return (stopped ??= stopAll(base, lifecycle, server, feed));
    };
    return { url: urlOf(config.host, server.port), broken: brokenBy(database), stop };
  } catch (error) {
    await feed.stop();
    throw error;
  }
}

function startFeed({ config, log, pools, database }: Base, reader: FileReader): Promise<Feed> {
  return Feed.start({
    pool: pools.feed,
    log,
    now,
    readFile: (tenant, fileId) => reader.readFile(tenant, fileId),
    listenUrl: config.directDatabaseUrl ?? database.url,
    replicaId: randomUUID(),
    retentionMs: config.logRetentionMs,
    midSequence: () => crashAt(config.crashAt)('mid_sequence'),
  });
}

function buildLifecycle({ config, log, pools, metrics }: Base, feed: Feed): Lifecycle {
  return createLifecycle({
    orm: pools.writes,
    engine: createXStateEngine(),
    log,
    random: Math.random,
    seams: crashAt(config.crashAt),
    onLogged: () => feed.wake(),
    onProgress: (tenant, file) => feed.reportProgress(tenant, file),
    onAttempt: (answer, durationMs) => metrics.countAttempt(answer, durationMs),
  });
}

function buildServices(config: Config, lifecycle: Lifecycle, reader: FileReader, feed: Feed): Services {
  const { maxUploadBytes, maxAttempts, maxSubscriptionsPerConnection, maxSubscriptionsPerPrincipal } = config;
  return {
    lifecycle,
    reader,
    feed,
    engine: createXStateEngine(),
    limits: { maxUploadBytes, maxAttempts },
    newId: createNewId(),
    slots: new SubscriptionSlots({
      perConnection: maxSubscriptionsPerConnection,
      perPrincipal: maxSubscriptionsPerPrincipal,
    }),
  };
}

function buildApi({ config, log, metrics }: Base, services: Services): Api {
  const { corsOrigins, publicUrl } = config;
  const { newId } = services;
  const authenticate = authenticateNobody;
  const reporter = { log, onMasked: () => metrics.countMasked() };
  const graphql = createGraphQL({ services, reporter, corsOrigins });
  const sockets = createSocketServer({ graphql, authenticate, newId, reporter, stalledMs: config.slowClientMs });
  const origins = publicUrl === null ? corsOrigins : [...corsOrigins, new URL(publicUrl).origin];
  return { answer: createAnswer({ graphql, reporter, corsOrigins }), sockets, authenticate, newId, origins };
}

async function stopAll(base: Base, lifecycle: Lifecycle, server: RunningServer, feed: Feed): Promise<void> {
  // What was accepted over a WebSocket is answered before the socket is closed.
  await lifecycle.idle();
  await server.close();
  await feed.stop();
  await lifecycle.idle();
  await base.pools.close();
  await base.database.embedded?.stop();
}

const urlOf = (host: string, port: number): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

async function brokenBy({ embedded }: OpenDatabase): Promise<string> {
  const exit = await (embedded?.exited ?? new Promise<never>(() => undefined));
  if (exit.expected) return await new Promise<never>(() => undefined);
  return `the embedded PostgreSQL server has ended (${exit.signal ?? `code ${exit.code}`})`;
}
