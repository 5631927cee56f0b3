// Changes at a fixed pace, whether the server keeps up or not, and the instant at which the listener of each file has
// heard of its change.
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '../http/connection.ts';
import { type Expectation, requireSuccess } from '../http/responses.ts';
import type { Audience } from './audience.ts';

export interface Paced {
  /** One for each listener, in their order: each makes its file change once. */
  readonly requests: readonly Buffer[];
  readonly expect: Expectation;
  readonly url: string;
  readonly perSecond: number;
  readonly connections: number;
}

/** Microseconds since 1970, by listener. */
export interface Instants {
  /** When the request was due, which is before it was sent where no connection was free. */
  readonly due: Float64Array;
  readonly heard: Float64Array;
}

const EDGES = 20;

/**
 * What to add to performance.now() for the time of day in milliseconds, which the server stamps its commits with. The
 * edge of a millisecond is exact; whoever is interrupted there finds too little, so the most that is found is right.
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

export async function runPaced(audience: Audience, job: Paced): Promise<Instants> {
  const count = job.requests.length;
  const instants: Instants = { due: new Float64Array(count), heard: new Float64Array(count) };
  const offset = readOffset();
  audience.recount();
  audience.onHeard = (listener) => void (instants.heard[listener] = (offset + performance.now()) * 1_000);
  const everybody = audience.until(audience.heard + count);
  await Promise.all([everybody, sendAll(job, instants.due, offset)]);
  audience.onHeard = () => undefined;
  audience.checkEqual();
  return instants;
}
