// The program: everything is started here, in order, and stopped in reverse order, except that what takes time to stop does so
// side by side. main.ts adds the process around it.
import { type Base, openBase } from './build-base.ts';
import { buildApi, buildUploads, readSwitches } from './build-api.ts';
import { startCore } from './build-core.ts';
import { hasWorker, openRunner, startWorker } from './build-worker.ts';
import type { Config } from './config.ts';
import { brokenBy } from './db/open-database.ts';
import { analyseAt } from './db/statistics.ts';
import { type RunningServer, listen } from './http/server.ts';
import { SlowReaders } from './http/slow-readers.ts';
import { DEFAULT_TIMEOUTS } from './http/timeouts.ts';
import { createNewId } from './ids.ts';
import { PeriodicTask } from './jobs/periodic-task.ts';
import type { Lifecycle } from './lifecycle/lifecycle.ts';
import { foldCounts } from './lifecycle/periodic/counts.ts';
import { watchDeadlines } from './lifecycle/periodic/deadlines.ts';
import type { Logger } from './log.ts';
import type { FileRunner } from './processing/run-file.ts';
import type { Worker } from './processing/worker.ts';
import type { Services } from './schema/context.ts';
import type { ByteStore } from './uploads/store/byte-store.ts';
import { watchStore } from './uploads/store/start-store.ts';
import type { Uploads } from './uploads/uploads.ts';

export type Role = 'serve' | 'api' | 'worker';

export interface Program {
  readonly url: string;
  /** Resolves with a reason if the embedded server ends without having been asked to. */
  readonly broken: Promise<string>;
  /** Not ready, in-flight work finished, sockets closed, database closed. Idempotent. */
  stop(): Promise<void>;
}

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
  const switches = role === 'worker' ? null : await readSwitches(config);
  const base = await openBase(parts, config, log, given.store);
  const { auth, search, services, senders } = await startCore(parts, base);
  const { feed, lifecycle, claims } = services;
  const uploads = buildUploads(base, services);
  parts.defer(() => uploads.stop());
  const slowReaders = new SlowReaders(config.slowClientMs);
  parts.defer(() => slowReaders.stop());
  const api = switches === null ? null : buildApi(base, { services, uploads, auth, slowReaders, switches });
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
    await Promise.all([serving, worker?.stop(), senders.stop(), ...tasks.map((task) => task.stop())]);
  });
  if (hasWorker(role, base)) {
    runner = given.runner ?? (await openRunner(base));
    worker = startWorker(base, { ...services, runner });
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
