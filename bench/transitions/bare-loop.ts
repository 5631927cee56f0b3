// A worker: the baseline if pgbench is not installed. The same transaction with prepared statements over bare `pg`, one
// connection per client.
import pg from 'pg';
import { answerCalls } from '../workers/answer-calls.ts';
import { transact } from './bare-transaction.ts';
import type { Pool } from './cycle.ts';

export interface BareLoad {
  readonly url: string;
  readonly pool: Pool;
  readonly clients: number;
  readonly seconds: number;
}

/** @returns transactions a second */
async function run({ url, pool, clients, seconds }: BareLoad): Promise<number> {
  const connections = Array.from({ length: clients }, () => new pg.Client({ connectionString: url }));
  await Promise.all(connections.map((client) => client.connect()));
  const start = performance.now();
  const deadline = start + seconds * 1_000;
  const counts = connections.map(async (client) => {
    let count = 0;
    for (; performance.now() < deadline; count += 1) {
      await transact(client, pool.first + Math.floor(Math.random() * pool.size));
    }
    return count;
  });
  const total = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  const elapsed = (performance.now() - start) / 1_000;
  await Promise.all(connections.map((client) => client.end()));
  return total / elapsed;
}

const calls = { run };
export type BareLoopCalls = typeof calls;

answerCalls(calls);
