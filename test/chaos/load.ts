// The load of the chaos suite: writers and subscribers at every replica, a disturbance beside them, and at the end a check
// of all that was sent and seen.
import { setTimeout as sleep } from 'node:timers/promises';
import { newFile, request } from '../support/client.ts';
import { type Findings, type LogRow, checkHistory } from '../support/history.ts';
import type { Cluster } from './cluster.ts';
import { type Random, createRandom } from '../support/random.ts';
import { type SubscriberLog, newSubscriberLog, watch } from './subscriber.ts';
import { type WriterLog, newWriterLog, write } from './writer.ts';
import { WITHOUT_POSITION } from '../../bench/transitions/positions.ts';

export interface LoadOptions {
  readonly seed: number;
  /** How long the writers write. */
  readonly ms: number;
  readonly writers: number;
  readonly subscribers: number;
  readonly files: number;
  /** A subscriber reconnects after a random time up to this; null: only when it is disconnected. */
  readonly reconnectMs: number | null;
  /** Runs beside the load, until its signal is aborted. */
  readonly disturb: (random: Random, signal: AbortSignal) => Promise<void>;
}

export interface Report extends Findings {
  readonly seed: number;
  readonly rejected: number;
  readonly retried: number;
  readonly overtaken: number;
  readonly reconnects: number;
  /** The longest time in which no writer got an answer, and in which no subscriber got a change, in milliseconds. */
  readonly longestSilence: { readonly answers: number; readonly changes: number };
}

// Time for subscribers to catch up after the writers have stopped: what they miss then counts as lost.
const CATCH_UP_MS = 30_000;

export async function runUnderLoad(cluster: Cluster, options: LoadOptions): Promise<Report> {
  const random = createRandom(options.seed);
  const urls = (): readonly string[] => (cluster.urls.length > 0 ? cluster.urls : ['http://127.0.0.1:1']);
  const { feedCursor } = await request<{ feedCursor: string }>(cluster.urls[0]!, '{ feedCursor }');
  const files = await Promise.all(Array.from({ length: options.files }, () => newFile(cluster.urls[0]!)));

  const writing = new AbortController();
  const watching = new AbortController();
  const writers = Array.from({ length: options.writers }, newWriterLog);
  const subscribers = Array.from({ length: options.subscribers }, newSubscriberLog);
  const each = (): Random => createRandom(random.below(2 ** 32));

  const watches = subscribers.map((log) =>
    watch({ random: each(), urls, after: feedCursor, signal: watching.signal, reconnectMs: options.reconnectMs }, log),
  );
  const writes = writers.map((log) => write({ random: each(), urls, files, signal: writing.signal }, log));
  const silence = measureSilence(writers, subscribers, writing.signal);
  const disturbance = options.disturb(each(), writing.signal);

  await sleep(options.ms);
  writing.abort();
  await disturbance;
  await Promise.all(writes);
  const rows = await untilAllCaughtUp(cluster, subscribers);
  watching.abort();
  await Promise.all(watches);

  return {
    ...checkHistory(
      rows,
      writers.flatMap(({ acknowledged }) => acknowledged),
      subscribers.map(({ seen }) => seen),
    ),
    seed: options.seed,
    rejected: sum(writers.map(({ rejected }) => rejected)),
    retried: sum(writers.map(({ retried }) => retried)),
    overtaken: sum(writers.map(({ overtaken }) => overtaken)),
    reconnects: sum(subscribers.map(({ reconnects }) => reconnects)),
    longestSilence: await silence,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** The log when every row has its position, with ids and attempts as clients see them. */
async function readLog(cluster: Cluster): Promise<LogRow[]> {
  const waiting = `select count(*)::int as count from (${WITHOUT_POSITION}) as waiting`;
  while ((await cluster.query<{ count: number }>(waiting))[0]?.count !== 0) await sleep(50);
  return await cluster.query<{ fileId: string; version: number; attemptId: string; kind: string }>(
    `select 'file_' || file_id as "fileId", version, 'attempt_' || attempt_id as "attemptId", kind
     from file_change join feed_position on log_id = id order by position`,
  );
}

/** @returns the log, as all should have seen it */
async function untilAllCaughtUp(cluster: Cluster, subscribers: readonly SubscriberLog[]): Promise<LogRow[]> {
  for (let rows = await readLog(cluster); ;) {
    await untilCaughtUp(subscribers, rows.length);
    // A request that nobody waits for any more may have been carried out meanwhile, by a replica that was stopped.
    const more = await readLog(cluster);
    if (more.length === rows.length) return rows;
    rows = more;
  }
}

async function untilCaughtUp(subscribers: readonly SubscriberLog[], rows: number): Promise<void> {
  const deadline = Date.now() + CATCH_UP_MS;
  while (Date.now() < deadline && subscribers.some(({ seen }) => seen.length < rows)) await sleep(50);
}

async function measureSilence(
  writers: readonly WriterLog[],
  subscribers: readonly SubscriberLog[],
  signal: AbortSignal,
): Promise<Report['longestSilence']> {
  const [answers, changes] = [new Silence(), new Silence()];
  /** In which this process, which is all clients, did not run itself: others had the processors. */
  let lateMs = 0;
  for (let before = Date.now(); !signal.aborted;) {
    await sleep(LOOK_MS);
    const now = Date.now();
    lateMs += Math.max(0, now - before - 2 * LOOK_MS);
    before = now;
    answers.look(Math.max(...writers.map(({ answeredAt }) => answeredAt)), now, lateMs);
    changes.look(Math.max(...subscribers.map(({ changedAt }) => changedAt)), now, lateMs);
  }
  return { answers: answers.longestMs, changes: changes.longestMs };
}

const LOOK_MS = 20;

class Silence {
  #heardAt = Date.now();
  #lateMs = 0;
  longestMs = 0;

  look(heardAt: number, now: number, lateMs: number): void {
    if (heardAt > this.#heardAt) [this.#heardAt, this.#lateMs] = [heardAt, lateMs];
    this.longestMs = Math.max(this.longestMs, now - this.#heardAt - (lateMs - this.#lateMs));
  }
}
