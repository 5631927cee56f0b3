// Searches one after the other and notes how long each takes, a worker: over HTTP, and the same statements over a bare
// connection to PostgreSQL.
import pg from 'pg';
import { Connection } from '../http/connection.ts';
import { post } from '../http/requests.ts';
import { requireSuccess } from '../http/responses.ts';
import { quantile } from '../measure/statistics.ts';
import { answerCalls } from '../workers/answer-calls.ts';

/** A prepared statement with its values. */
export interface Sent {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

export interface Search {
  readonly url: string;
  readonly seconds: number;
}

/** So many at least: the slowest of twenty is their p95. */
const LEAST = 30;

export interface Taken {
  /** Milliseconds. */
  readonly p95: number;
  readonly searches: number;
}

async function repeat(seconds: number, search: () => Promise<unknown>): Promise<Taken> {
  const taken: number[] = [];
  for (const end = performance.now() + seconds * 1_000; taken.length < LEAST || performance.now() < end;) {
    const start = performance.now();
    await search();
    taken.push(performance.now() - start);
  }
  return { p95: quantile(taken, 0.95), searches: taken.length };
}

async function overHttp({ url, seconds, body, found }: Search & { body: string; found: number }): Promise<Taken> {
  const target = new URL(url);
  const connection = await Connection.open(target);
  const request = post('/graphql', target.host, body);
  const expect = { text: '"rank":', times: found };
  const taken = await repeat(seconds, async () => requireSuccess(await connection.ask(request), expect));
  connection.close();
  return taken;
}

/** The planner is told what the program tells it (src/search/found-files.ts). */
const SETTINGS = `set plan_cache_mode = force_generic_plan; set jit = off; set seq_page_cost = 10000`;

async function overSql({ url, seconds, statements }: Search & { statements: readonly Sent[] }): Promise<Taken> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(SETTINGS);
  const taken = await repeat(seconds, async () => {
    for (const statement of statements) await client.query(statement);
  });
  await client.end();
  return taken;
}

const calls = { overHttp, overSql };
export type SearcherCalls = typeof calls;

answerCalls(calls);
