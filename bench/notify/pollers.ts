// A process with some replicas of nothing but the feed, each with its own connections to the database. Counts the statements that
// they send.
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import { parseNatsServers } from '../../src/config-notify.ts';
import { openPool } from '../../src/db/pool.ts';
import { LOGGED_CHANGES } from '../../src/feed/change.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { natsNotifier } from '../../src/feed/notify/nats.ts';
import { postgresNotifier } from '../../src/feed/notify/postgres.ts';
import { createLogger } from '../../src/log.ts';
import { fileIdOf, insertChange, startFeed } from '../../test/support/feed.ts';
import { answerCalls } from '../workers/answer-calls.ts';

export interface Start {
  readonly url: string;
  readonly pollers: number;
  /** Null: LISTEN. */
  readonly nats: string | null;
}

/** Changes that one process makes, in turns by each of its replicas. */
export interface Changes {
  /** Of the first file; each change is of a file of its own. */
  readonly first: number;
  readonly count: number;
  readonly perSecond: number;
}

export interface Taken {
  /** Since the last time, all replicas of this process together. */
  readonly statements: number;
  /** When a file's change was committed, by its id; milliseconds since 1970. */
  readonly committed: ReadonlyMap<string, number>;
  /** When the last replica of this process had it. */
  readonly received: ReadonlyMap<string, number>;
  /** How often one of them had it. */
  readonly deliveries: number;
}

interface Replica {
  readonly pool: Pool;
  readonly feed: Feed;
}

const log = createLogger('error');
const replicas: Replica[] = [];
let statements = 0;
let deliveries = 0;
let committed = new Map<string, number>();
let received = new Map<string, number>();

const now = (): number => performance.timeOrigin + performance.now();

function countStatements(): void {
  const { query } = Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  Object.assign(Client.prototype, {
    query(this: Client, ...args: unknown[]): unknown {
      statements += 1;
      return query.apply(this, args);
    },
  });
}

async function start({ url, pollers, nats }: Start): Promise<void> {
  countStatements();
  for (let at = 0; at < pollers; at += 1) replicas.push(await startReplica(url, nats));
  while (replicas.some(({ feed }) => !feed.gauges.signals.isConnected)) await delay(20);
}

async function startReplica(url: string, nats: string | null): Promise<Replica> {
  const pool = openPool({ url, name: 'bench', max: 2 });
  const openNotifier =
    nats === null
      ? postgresNotifier({ pool, listenUrl: url, log })
      : natsNotifier({ pool, servers: parseNatsServers(nats)!, log });
  const feed = await startFeed(pool, url, { openNotifier });
  const stream = await feed.changes('local', LOGGED_CHANGES, feed.cursorAt(feed.place));
  stream.deliverTo({
    offer: ({ fileId }) => {
      received.set(fileId, now());
      deliveries += 1;
      return true;
    },
    take: () => Promise.resolve(),
    end: () => undefined,
  });
  return { pool, feed };
}

async function change({ pool, feed }: Replica, index: number): Promise<void> {
  await insertChange(pool, index, 0);
  committed.set(fileIdOf(index), now());
  feed.wake();
}

async function makeChanges({ first, count, perSecond }: Changes): Promise<void> {
  const startedAt = performance.now();
  const made: Promise<void>[] = [];
  for (let at = 0; at < count; at += 1) {
    await delay(Math.max(0, startedAt + (at * 1_000) / perSecond - performance.now()));
    made.push(change(replicas[at % replicas.length]!, first + at));
  }
  await Promise.all(made);
}

/** Resolves when every replica of this process has had so many changes since `take`. */
async function awaitAll(wanted: number): Promise<void> {
  while (deliveries < wanted * replicas.length) await delay(10);
}

function take(): Taken {
  const taken = { statements, committed, received, deliveries };
  [statements, deliveries, committed, received] = [0, 0, new Map(), new Map()];
  return taken;
}

const calls = { start, makeChanges, awaitAll, take };
export type PollerCalls = typeof calls;

answerCalls(calls);
