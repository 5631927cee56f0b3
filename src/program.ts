// The program: everything is built here, in order, and stopped in reverse order, except that what takes time to stop does so
// side by side. main.ts adds the process around it.
import { randomUUID } from 'node:crypto';
import { startAuth } from './auth/auth.ts';
import { type Base, buildApi, buildUploads } from './build-api.ts';
import { hasWorker, openRunner, startWorker } from './build-worker.ts';
import type { Config } from './config.ts';
import { warnOfFewConnections } from './db/enough-connections.ts';
import { brokenBy, openDatabase } from './db/open-database.ts';
import { connectionsOf, createPools } from './db/pools.ts';
import { analyseAt } from './db/statistics.ts';
import { QUEUES, type QueuePlace } from './entities/processing.ts';
import type { LoggedChange } from './feed/change.ts';
import { Feed } from './feed/feed.ts';
import { createXStateEngine } from './fsm/xstate-engine.ts';
import { Metrics } from './http/metrics.ts';
import { type RunningServer, listen } from './http/server.ts';
import { SlowReaders } from './http/slow-readers.ts';
import { DEFAULT_TIMEOUTS } from './http/timeouts.ts';
import { createNewId } from './ids.ts';
import { PeriodicTask } from './jobs/periodic-task.ts';
import { crashAt } from './lifecycle/failpoints.ts';
import {
  LIFECYCLE_CONNECTIONS,
  type Lifecycle,
  type LifecycleOptions,
  createLifecycle,
} from './lifecycle/lifecycle.ts';
import { foldCounts } from './lifecycle/periodic/counts.ts';
import { watchDeadlines } from './lifecycle/periodic/deadlines.ts';
import { type ProcessingPolicy, createProcessingPolicy } from './lifecycle/processing-policy.ts';
import { FileReader } from './lifecycle/reader.ts';
import { timersOf } from './lifecycle/timers.ts';
import type { Logger } from './log.ts';
import { Claims } from './processing/claims.ts';
import { LeaseRights } from './processing/lease-rights.ts';
import type { FileRunner } from './processing/run-file.ts';
import type { Worker } from './processing/worker.ts';
import type { Services } from './schema/context.ts';
import { SubscriptionSlots } from './schema/subscriptions/slots.ts';
import { type Search, openSearch } from './search/open-search.ts';
import { readableFiles } from './uploads/content.ts';
import type { Uploads } from './uploads/uploads.ts';
import type { ByteStore } from './uploads/store/byte-store.ts';
import { nameStore, openByteStore } from './uploads/store/open-store.ts';
import { startStore, watchStore } from './uploads/store/start-store.ts';

export type Role = 'serve' | 'api' | 'worker';

export interface Program {
  readonly url: string;
  /** Resolves with a reason if the embedded server ends without having been asked to. */
  readonly broken: Promise<string>;
  /** Not ready, in-flight work finished, sockets closed, database closed. Idempotent. */
  stop(): Promise<void>;
}

const now = (): number => performance.now();
const newId = createNewId();
// PostgreSQL answers a statement within its time limit of 10 s, also one that waits for a row. A batch that has no answer for
// longer is waiting for a database that hangs.
const UNANSWERED_MS = 11_000;

/** Parts other than those of the configuration. */
export interface Given {
  readonly store?: ByteStore | undefined;
  readonly runner?: Pick<FileRunner, 'run' | 'close'> | undefined;
}

/** @throws StartupError when it cannot start; nothing is left running then */
export async function startProgram(config: Config, role: Role, log: Logger, given: Given = {}): Promise<Program> {
  // Stops whatever was started, in reverse order, if anything below throws.
  await using parts = new AsyncDisposableStack();
  const base = await openBase(parts, config, log, given.store);
  const reader = new FileReader(base.pools.reads);
  const feed = await startFeed(base, reader);
  parts.defer(() => feed.stop());
  const policy = buildPolicy(config);
  const lifecycle = buildLifecycle(base, feed, policy, (places) => claims.wake(places));
  parts.defer(() => lifecycle.idle());
  const auth = await startAuth({ config, pool: base.pools.uploads, log, now, newId });
  parts.defer(() => auth.stop());
  const claims = buildClaims(base, lifecycle);
  // In either queue: the replica that put it there may have other settings.
  const placesOf = ({ tenant }: LoggedChange): QueuePlace[] => QUEUES.map((queue) => ({ tenant, queue }));
  parts.defer(feed.onEntered('processing', (changes) => claims.wake(changes.flatMap(placesOf))));
  const { search: isOn, searchLanguage: language } = config;
  const search = await openSearch({ orm: base.pools.reads, isOn, language, log });
  const leaseRights = new LeaseRights({ rights: auth.rights, lifecycle, newId, log });
  const services = buildServices(config, { lifecycle, reader, feed, claims, leaseRights, search, keys: auth.keys });
  const uploads = buildUploads(base, services);
  parts.defer(() => uploads.stop());
  const slowReaders = new SlowReaders(config.slowClientMs);
  parts.defer(() => slowReaders.stop());
  const api = role === 'worker' ? null : buildApi(base, services, uploads, auth, slowReaders);
  base.metrics.observeDatabase(base.pools.uploads);
  base.metrics.observe({
    feed,
    lifecycle,
    webSockets: () => api?.sockets.connections ?? 0,
    store: base.store,
    refusedRemovals: () => uploads.refusedRemovals(),
  });
  let draining = false;
  const isReady = (): boolean =>
    !draining && feed.isHealthy && base.store.problem === null && lifecycle.unansweredMs < UNANSWERED_MS;
  const timeouts = { ...DEFAULT_TIMEOUTS, keepAliveMs: config.keepAliveMs };
  const options = { api, metrics: base.metrics, log, isReady, slowReaders, timeouts };
  const server = await listen(options, config.host, config.port);
  let runner: Given['runner'];
  parts.defer(() => runner?.close());
  const tasks = [...startPeriodicTasks(base, lifecycle), ...search.startTasks()];
  let worker: Worker | undefined;
  // At once: one after the other, a worker (4.5 s) and a server with silent clients (5 s) need longer than there is (main.ts).
  parts.defer(async () => {
    const serving = stopServing({ server, uploads, claims, lifecycle });
    await Promise.all([serving, worker?.stop(), ...tasks.map((task) => task.stop())]);
  });
  if (hasWorker(role, base)) {
    runner = given.runner ?? (await openRunner(base));
    worker = startWorker(base, { lifecycle, reader, claims, runner, stageText: services.stageText });
  }
  const running = parts.move();
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    draining = true;
    return (stopped ??= running.disposeAsync());
  };
  return { url: urlOf(config.host, server.port), broken: brokenBy(base.database), stop };
}

interface Serving extends Pick<Services, 'claims' | 'lifecycle'> {
  readonly server: RunningServer;
  readonly uploads: Pick<Uploads, 'drain'>;
}

async function stopServing({ server, uploads, claims, lifecycle }: Serving): Promise<void> {
  uploads.drain();
  // Who waits for a file goes without one. Commands received over a WebSocket are answered before the server closes it.
  await Promise.all([claims.stop(), lifecycle.idle()]);
  await server.close();
}

async function openBase(
  parts: AsyncDisposableStack,
  config: Config,
  log: Logger,
  givenStore: ByteStore | undefined,
): Promise<Base> {
  const timers = timersOf(config);
  const database = await openDatabase(config, log);
  parts.defer(() => database.embedded?.stop());
  const { preparedStatements } = config;
  const pools = createPools({ url: database.url, preparedStatements, writers: LIFECYCLE_CONNECTIONS, log });
  parts.defer(() => pools.close());
  await warnOfFewConnections(database.url, connectionsOf(LIFECYCLE_CONNECTIONS), log);
  const opened = givenStore ?? (await openByteStore(config));
  parts.defer(() => opened.close());
  const store = await startStore(opened, nameStore(config), pools.uploads, log);
  return { config, log, database, pools, store, metrics: new Metrics(), timers };
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

const buildPolicy = ({ processing: rules, autoRetry, retryBackoffMs, clamd }: Config): ProcessingPolicy =>
  createProcessingPolicy({ rules, autoRetry, retryBackoffMs, isScanned: clamd !== null });

function buildLifecycle(
  { config, log, pools, metrics, timers }: Base,
  feed: Feed,
  policy: ProcessingPolicy,
  onQueued: LifecycleOptions['onQueued'] & {},
): Lifecycle {
  return createLifecycle({
    orm: pools.writes,
    engine: createXStateEngine(),
    log,
    random: Math.random,
    newId,
    timers,
    policy,
    failpoints: crashAt(config.crashAt),
    onLogged: () => feed.wake(),
    onQueued,
    onProgress: (tenant, file) => feed.reportProgress(tenant, file),
    onAttempt: (answer, durationMs) => metrics.countAttempt(answer, durationMs),
  });
}

function buildClaims({ log, pools, metrics }: Base, lifecycle: Lifecycle): Claims {
  return new Claims({
    lifecycle,
    pool: pools.uploads,
    log,
    now,
    newId,
    onClaimed: (queue, files) => metrics.processing.countClaims(queue, files),
  });
}

type Shared = Pick<Services, 'lifecycle' | 'reader' | 'feed' | 'claims' | 'leaseRights' | 'keys'>;

function buildServices(config: Config, { search, ...given }: Shared & { readonly search: Search }): Services {
  const { maxUploadBytes, maxAttempts, maxSubscriptionsPerConnection, maxSubscriptionsPerPrincipal } = config;
  return {
    ...given,
    engine: createXStateEngine(),
    limits: { maxUploadBytes, maxAttempts },
    newId,
    search: search.files,
    stageText: (found) => search.stage(found),
    isReadable: readableFiles(config.clamd !== null),
    slots: new SubscriptionSlots({
      perConnection: maxSubscriptionsPerConnection,
      perPrincipal: maxSubscriptionsPerPrincipal,
    }),
  };
}

function startPeriodicTasks({ config, database, pools, log, store }: Base, lifecycle: Lifecycle): PeriodicTask[] {
  const url = config.directDatabaseUrl ?? database.url;
  return [
    watchDeadlines({ orm: pools.reads, lifecycle, log, newId }),
    foldCounts(pools.reads, log),
    new PeriodicTask({ name: 'statistics', everyMs: 60_000, log }, (signal) => analyseAt(url, log, signal)),
    watchStore(store, pools.uploads, log),
  ];
}

const urlOf = (host: string, port: number): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
