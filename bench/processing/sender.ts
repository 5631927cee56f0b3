// A worker: what receives uploads in the program, without HTTP. It completes uploads, each by a command of its own, as fast as
// it can or at a fixed pace. Commands under way together share commits, as in the program.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { createPools } from '../../src/db/pools.ts';
import { Feed } from '../../src/feed/feed.ts';
import { postgresNotifier } from '../../src/feed/notify/postgres.ts';
import { createXStateEngine } from '../../src/fsm/xstate-engine.ts';
import { createNewId } from '../../src/ids.ts';
import { BATCH_LIMITS, LIFECYCLE_CONNECTIONS, type Lifecycle, createLifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { ProcessingPolicy } from '../../src/lifecycle/processing-policy.ts';
import { FileReader } from '../../src/lifecycle/reader.ts';
import { type Pool, uuidOf } from '../transitions/cycle.ts';
import { answerCalls } from '../workers/answer-calls.ts';

const WEEK_MS = 7 * 864e5;
const TIMERS = {
  untrackedExpiry: WEEK_MS,
  uploadStall: WEEK_MS,
  processingTimeout: WEEK_MS,
  queueTimeout: WEEK_MS,
  failedBytesRetention: WEEK_MS,
};
const FAILURE = { code: 'UNSPECIFIED', message: 'No reason was given.', retryable: true };
/** The files have no bytes, which a processor that does nothing does not miss. */
const POLICY: ProcessingPolicy = {
  queueOf: () => 'builtin',
  isCompletedByWorkers: () => false,
  retryAfterMs: () => null,
};

const newId = createNewId();
let lifecycle: Lifecycle;

async function start(url: string): Promise<void> {
  // The log of attempts is on, as in production.
  const log = pino({ level: 'info' }, pino.destination('/dev/null'));
  const pools = createPools({
    url,
    preparedStatements: true,
    writers: LIFECYCLE_CONNECTIONS,
    limits: BATCH_LIMITS,
    log,
  });
  const reader = new FileReader(pools.reads);
  const feed = await Feed.start({
    pool: pools.feed,
    log,
    now: () => performance.now(),
    readFile: (tenant, fileId) => reader.readFile(tenant, fileId),
    openNotifier: postgresNotifier({ pool: pools.feed, listenUrl: url, log }),
    replicaId: randomUUID(),
    retentionMs: WEEK_MS,
  });
  lifecycle = createLifecycle({
    orm: pools.writes,
    engine: createXStateEngine(),
    log,
    random: Math.random,
    newId,
    timers: TIMERS,
    policy: POLICY,
    onLogged: () => feed.wake(),
    onProgress: (tenant, file) => feed.reportProgress(tenant, file),
  });
}

async function complete(number: number): Promise<void> {
  const { outcome } = await lifecycle.executeOne({
    kind: 'transition',
    tenant: 'local',
    actor: 'bench',
    attemptId: newId(),
    fileId: uuidOf(number),
    event: 'COMPLETE_UPLOAD',
    expectedVersion: null,
    idempotencyKey: null,
    failure: FAILURE,
    leaseToken: null,
    properties: null,
  });
  if (outcome !== 'transitioned') throw new Error(`an upload could not be completed: ${outcome}`);
}

/** So many are under way at a time. */
async function completeAll({ pool: { first, size }, atOnce }: { pool: Pool; atOnce: number }): Promise<void> {
  let next = first;
  const some = async (): Promise<void> => {
    while (next < first + size) await complete(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, some));
}

/** @returns when each was answered; milliseconds since 1970 */
async function completePaced({ pool, perSecond }: { pool: Pool; perSecond: number }): Promise<number[]> {
  const startedAt = performance.now();
  const answered: Promise<number>[] = [];
  for (let at = 0; at < pool.size; at += 1) {
    const early = startedAt + (at * 1_000) / perSecond - performance.now();
    if (early > 0) await delay(early);
    answered.push(complete(pool.first + at).then(() => performance.timeOrigin + performance.now()));
  }
  return await Promise.all(answered);
}

const calls = { start, completeAll, completePaced };
export type SenderCalls = typeof calls;

answerCalls(calls);
