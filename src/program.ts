// The program as a value: everything is built and wired here, and nowhere else. main.ts adds the process around it.
import { randomUUID } from 'node:crypto';
import { authenticateNobody } from './auth/authenticate.ts';
import type { Config } from './config.ts';
import { type OpenDatabase, openDatabase } from './db/open-database.ts';
import { type Pools, createPools } from './db/pools.ts';
import { Feed } from './feed/feed.ts';
import { createXStateEngine } from './fsm/xstate-engine.ts';
import { createBaseUrl } from './http/base-url.ts';
import { createAnswer } from './http/answer.ts';
import { handleContent } from './http/content.ts';
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
import type { Timers } from './fsm/deadlines.ts';
import { handleUploads, createRegistration } from './http/uploads.ts';
import type { Repeat } from './jobs/repeat.ts';
import { watchDeadlines } from './lifecycle/deadline-watch.ts';
import { foldCounts } from './lifecycle/fold-counts.ts';
import type { ByteStore } from './uploads/byte-store.ts';
import { openByteStore } from './uploads/open-store.ts';
import { type Uploads, createUploads } from './uploads/uploads.ts';
import { ContentReader } from './uploads/content.ts';

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
  readonly store: ByteStore;
  readonly timers: Timers;
}

const now = (): number => performance.now();
const newId = createNewId();

/**
 * @param given a byte store other than that of the configuration
 * @throws StartupError when it cannot start; nothing is left running then
 */
export async function startProgram(config: Config, role: Role, log: Logger, given?: ByteStore): Promise<Program> {
  const database = await openDatabase(config, log);
  const pools = createPools(database.url, LIFECYCLE_CONNECTIONS, log);
  try {
    const store = given ?? (await openByteStore(config));
    return await startOn(
      { config, log, database, pools, store, timers: timersOf(config), metrics: new Metrics() },
      role,
    );
  } catch (error) {
    await pools.close();
    await database.embedded?.stop();
    throw error;
  }
}

const timersOf = (config: Config): Timers => ({
  untrackedExpiry: config.untrackedExpiryMs,
  uploadStall: config.uploadStallMs,
  processingTimeout: config.processingTimeoutMs,
});

async function startOn(base: Base, role: Role): Promise<Program> {
  const { config, log, pools, metrics, database } = base;
  const reader = new FileReader(pools.reads);
  const feed = await startFeed(base, reader);
  const lifecycle = buildLifecycle(base, feed);
  const services = buildServices(config, lifecycle, reader, feed);
  const uploads = buildUploads(base, services);
  const deadlines = watchDeadlines({ orm: pools.reads, lifecycle, log, newId });
  const counts = foldCounts(pools.reads, log);
  const parts = { lifecycle, feed, uploads, deadlines, counts };
  const api = role === 'worker' ? null : buildApi(base, services, uploads);
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
      return (stopped ??= stopAll(base, parts, server));
    };
    return { url: urlOf(config.host, server.port), broken: brokenBy(database), stop };
  } catch (error) {
    await Promise.all([feed.stop(), deadlines.stop(), uploads.stop(), counts.stop()]);
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
    midSequence: config.crashAt === 'mid_sequence' ? () => crashAt(config.crashAt)('mid_sequence') : undefined,
  });
}

function buildLifecycle({ config, log, pools, metrics, timers }: Base, feed: Feed): Lifecycle {
  return createLifecycle({
    orm: pools.writes,
    engine: createXStateEngine(),
    log,
    random: Math.random,
    newId,
    timers,
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
    newId,
    slots: new SubscriptionSlots({
      perConnection: maxSubscriptionsPerConnection,
      perPrincipal: maxSubscriptionsPerPrincipal,
    }),
  };
}

/** Browser origins allowed besides the server's own. */
const originsOf = ({ corsOrigins, publicUrl }: Config): readonly string[] =>
  publicUrl === null ? corsOrigins : [...corsOrigins, new URL(publicUrl).origin];

function buildUploads({ config, log, pools, store, timers, metrics }: Base, services: Services): Uploads {
  const { lifecycle, reader, limits } = services;
  const origins = originsOf(config);
  return createUploads({
    pool: pools.uploads,
    store,
    lifecycle,
    reader,
    timers,
    maxBytes: limits.maxUploadBytes,
    newId,
    now,
    isAllowedOrigin: (origin) => origins.includes(origin),
    toRegistration: createRegistration(limits, newId),
    log,
    onMasked: () => metrics.countMasked(),
  });
}

function buildApi({ config, log, metrics, pools, store }: Base, services: Services, uploads: Uploads): Api {
  const { corsOrigins, publicUrl, slowClientMs: stalledMs } = config;
  const { reader } = services;
  const reception = { authenticate: authenticateNobody, newId, baseUrlOf: createBaseUrl(publicUrl) };
  const reporter = { log, onMasked: () => metrics.countMasked() };
  const graphql = createGraphQL({ services, reporter, corsOrigins });
  const sockets = createSocketServer({ ...reception, graphql, reporter, stalledMs });
  const origins = originsOf(config);
  const bytes = new ContentReader(pools.reads, store);
  const content = handleContent({ ...reception, content: bytes, reader, origins, reporter });
  return {
    ...reception,
    answer: createAnswer({ graphql, reporter, corsOrigins }),
    sockets,
    content,
    uploads: handleUploads({ ...reception, tus: uploads.handle, origins }),
    origins,
  };
}

interface Parts {
  readonly lifecycle: Lifecycle;
  readonly feed: Feed;
  readonly uploads: Uploads;
  readonly deadlines: Repeat;
  readonly counts: Repeat;
}

async function stopAll(
  base: Base,
  { lifecycle, feed, uploads, deadlines, counts }: Parts,
  server: RunningServer,
): Promise<void> {
  await Promise.all([deadlines.stop(), counts.stop()]);
  uploads.drain();
  // What was accepted over a WebSocket is answered before the socket is closed.
  await lifecycle.idle();
  await server.close();
  await uploads.stop();
  await feed.stop();
  await lifecycle.idle();
  await base.pools.close();
  await base.store.close();
  await base.database.embedded?.stop();
}

const urlOf = (host: string, port: number): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

async function brokenBy({ embedded }: OpenDatabase): Promise<string> {
  const exit = await (embedded?.exited ?? new Promise<never>(() => undefined));
  if (exit.expected) return await new Promise<never>(() => undefined);
  return `the embedded PostgreSQL server has ended (${exit.signal ?? `code ${exit.code}`})`;
}
