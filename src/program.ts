// The program as a value: everything built and wired here, and nowhere else. main.ts adds the process around it.
import { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { authenticateNobody } from './auth/authenticate.ts';
import type { Config } from './config.ts';
import { type OpenDatabase, openDatabase } from './db/open-database.ts';
import { type MikroORM, createOrm } from './db/orm.ts';
import { Feed } from './feed/feed.ts';
import { createXStateEngine } from './fsm/xstate-engine.ts';
import { Metrics } from './http/metrics.ts';
import { type Api, listen } from './http/server.ts';
import { createSocketServer } from './http/websocket.ts';
import { createGraphQL } from './http/yoga.ts';
import { FileReader } from './lifecycle/file-reader.ts';
import { LIFECYCLE_CONNECTIONS, type Lifecycle, createLifecycle } from './lifecycle/lifecycle.ts';
import type { Logger } from './log.ts';
import type { Services } from './schema/context.ts';

export type Role = 'serve' | 'api' | 'worker';

export interface Program {
  readonly url: string;
  /** Resolves if the embedded server ends without having been asked to. */
  readonly broken: Promise<string>;
  /** Not ready, in-flight work finished, sockets closed, database closed. Idempotent. */
  stop(): Promise<void>;
}

// Readers are cheap and many; the feed needs one for the pump and some for followers that are behind.
const READER_CONNECTIONS = 10;
const FEED_CONNECTIONS = 4;

interface Pools {
  readonly writes: MikroORM;
  readonly reads: MikroORM;
  readonly feed: Pool;
}

function openPools(url: string, log: Logger): Pools {
  const feed = new Pool({ connectionString: url, max: FEED_CONNECTIONS, application_name: 'waybill-feed' });
  // Without a listener, a killed idle connection is an uncaught exception.
  feed.on('error', (error) => log.warn({ err: error }, 'a feed connection was lost'));
  feed.on('connect', (client) => client.on('error', () => undefined));
  return {
    writes: createOrm({ url, name: 'writes', max: LIFECYCLE_CONNECTIONS }),
    reads: createOrm({ url, name: 'reads', max: READER_CONNECTIONS }),
    feed,
  };
}

async function closePools({ writes, reads, feed }: Pools): Promise<void> {
  await Promise.all([writes.close(), reads.close(), feed.end()]);
}

function buildLifecycle(pools: Pools, log: Logger, metrics: Metrics, feed: Feed): Lifecycle {
  return createLifecycle({
    orm: pools.writes,
    engine: createXStateEngine(),
    log,
    random: Math.random,
    onLogged: () => feed.wake(),
    onProgress: (tenant, file) => feed.progress.report(tenant, file),
    onAttempt: (answer, durationMs) => metrics.countAttempt(answer, durationMs),
  });
}

function buildApi(config: Config, services: Services, log: Logger, metrics: Metrics): Api {
  const reporter = { log, onMasked: () => metrics.countMasked() };
  const authenticate = authenticateNobody;
  const { newId } = services;
  const yoga = createGraphQL({ services, reporter, corsOrigins: config.corsOrigins });
  const sockets = createSocketServer({ yoga, authenticate, newId, reporter });
  const origins =
    config.publicUrl === null ? config.corsOrigins : [...config.corsOrigins, new URL(config.publicUrl).origin];
  return { yoga, sockets, authenticate, newId, origins };
}

/** @throws StartupError when it cannot start; nothing is left running then */
export async function startProgram(config: Config, role: Role, log: Logger): Promise<Program> {
  const database = await openDatabase(config, log);
  const pools = openPools(database.url, log);
  try {
    return await startOn(database, pools, config, role, log);
  } catch (error) {
    await closePools(pools);
    await database.embedded?.stop();
    throw error;
  }
}

async function startOn(
  database: OpenDatabase,
  pools: Pools,
  config: Config,
  role: Role,
  log: Logger,
): Promise<Program> {
  const metrics = new Metrics();
  const reader = new FileReader(pools.reads);
  const feed = await Feed.start({
    pool: pools.feed,
    log,
    now: () => performance.now(),
    readFile: (tenant, fileId) => reader.readFile(tenant, fileId),
  });
  const lifecycle = buildLifecycle(pools, log, metrics, feed);
  const services: Services = {
    lifecycle,
    reader,
    feed,
    engine: createXStateEngine(),
    limits: { maxUploadBytes: config.maxUploadBytes, maxAttempts: config.maxAttempts },
    newId: uuidv7,
  };
  const api = role === 'worker' ? null : buildApi(config, services, log, metrics);
  metrics.observe({
    feedHead: () => feed.head,
    feedFollowers: () => feed.followers,
    feedRingDepth: () => feed.ringDepth,
    sockets: () => api?.sockets.connections ?? 0,
  });
  let draining = false;
  const isReady = (): boolean => !draining && feed.isHealthy;
  const server = await listen({ api, metrics, log, isReady }, config.host, config.port).catch(
    async (error: unknown) => {
      await feed.stop();
      throw error;
    },
  );

  async function stop(): Promise<void> {
    draining = true;
    await lifecycle.idle();
    await server.close();
    await feed.stop();
    await lifecycle.idle();
    await closePools(pools);
    await database.embedded?.stop();
  }

  let stopped: Promise<void> | undefined;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return {
    url: `http://${host}:${server.port}`,
    broken: brokenBy(database),
    stop: () => (stopped ??= stop()),
  };
}

async function brokenBy({ embedded }: OpenDatabase): Promise<string> {
  const exit = await (embedded?.exited ?? new Promise<never>(() => undefined));
  if (exit.expected) return await new Promise<never>(() => undefined);
  return `the embedded PostgreSQL server has ended (${exit.signal ?? `code ${exit.code}`})`;
}
