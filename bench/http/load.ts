// The load generator, a worker: kept-alive connections, each with one request under way at a time. It is as lean as Node
// allows, because it shares the server's cores; its own cost is part of the result.
import { answerCalls } from '../workers/answer-calls.ts';
import { Connection } from './connection.ts';
import { type Plan, type PreparedRequest, createSource } from './requests.ts';
import { requireSuccess } from './responses.ts';

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly plan: Plan;
}

export interface LoadResult {
  readonly answered: number;
  /** Moves given out so far, from the start of the pool: where the next round goes on. */
  readonly moves: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** The generator's own time on a core. */
  readonly cpuSeconds: number;
}

/** Sends and waits, again and again, until the time is over. @returns how many were answered */
async function drive(connection: Connection, next: () => PreparedRequest, deadline: number): Promise<number> {
  let answered = 0;
  do {
    const { bytes, expect } = next();
    requireSuccess(await connection.ask(bytes), expect);
    answered += 1;
  } while (performance.now() < deadline);
  return answered;
}

async function run({ url, connections, seconds, plan }: Load): Promise<LoadResult> {
  const target = new URL(url);
  const source = createSource(plan, target.host);
  const opened = await Promise.all(Array.from({ length: connections }, () => Connection.open(target)));
  const clients = opened.map((connection) => ({ connection, next: source.connect() }));
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const counts = clients.map(({ connection, next }) => drive(connection, next, start + seconds * 1_000));
  const answered = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  const elapsed = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  for (const connection of opened) connection.close();
  return { answered, moves: source.moves, seconds: elapsed, cpuSeconds: (user + system) / 1e6 };
}

const calls = { run };
export type LoadCalls = typeof calls;

answerCalls(calls);
