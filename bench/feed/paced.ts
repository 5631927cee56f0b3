// Sends changes at a fixed pace, whether the server keeps up or not, and records when the subscriber of each file receives
// its change.
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '../http/connection.ts';
import { type Expectation, requireSuccess } from '../http/responses.ts';
import type { SubscriberGroup } from './subscriber-group.ts';

export interface Paced {
  /** One for each subscriber, in their order: each makes its file change once. */
  readonly requests: readonly Buffer[];
  readonly expect: Expectation;
  readonly url: string;
  readonly perSecond: number;
  readonly connections: number;
}

/** Microseconds since 1970, by subscriber. */
export interface Instants {
  /** When the request was due, which is before it was sent where no connection was free. */
  readonly due: Float64Array;
  readonly received: Float64Array;
}

const EDGES = 20;

/**
 * What to add to performance.now() for the time of day in milliseconds, which the server stamps its commits with. The
 * edge of a millisecond is exact; an interruption there gives too small a value, so the largest one is right.
 */
function readOffset(): number {
  return Math.max(...Array.from({ length: EDGES }, readOffsetOnce));
}

function readOffsetOnce(): number {
  const first = Date.now();
  let now = first;
  while (now === first) now = Date.now();
  return now - performance.now();
}

async function sendAll(job: Paced, due: Float64Array, offset: number): Promise<void> {
  const url = new URL(job.url);
  const connections = await Promise.all(Array.from({ length: job.connections }, () => Connection.open(url)));
  const start = performance.now();
  let next = 0;
  const work = async (connection: Connection): Promise<void> => {
    for (let at = next; at < job.requests.length; at = next) {
      next += 1;
      const dueAt = start + (at * 1_000) / job.perSecond;
      const early = dueAt - performance.now();
      if (early > 0) await delay(early);
      due[at] = (offset + dueAt) * 1_000;
      requireSuccess(await connection.ask(job.requests[at]!), job.expect);
    }
  };
  await Promise.all(connections.map(work));
  for (const connection of connections) connection.close();
}

export async function runPaced(group: SubscriberGroup, job: Paced): Promise<Instants> {
  const count = job.requests.length;
  const instants: Instants = { due: new Float64Array(count), received: new Float64Array(count) };
  const offset = readOffset();
  group.recount();
  group.onReceived = (subscriber) => void (instants.received[subscriber] = (offset + performance.now()) * 1_000);
  const delivered = group.until(group.received + count);
  await Promise.all([delivered, sendAll(job, instants.due, offset)]);
  group.onReceived = () => undefined;
  group.checkEqual();
  return instants;
}
