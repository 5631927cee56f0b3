// searchFiles as the last of many: in one operation, and behind clients that have left.
import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { send } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type Bench, startLifecycle } from '../support/lifecycle.ts';
import { index } from '../support/texts.ts';
import { until } from '../support/until.ts';

let instance: Instance;
let bench: Bench;
beforeAll(async () => {
  instance = await startInstance();
  bench = await startLifecycle({ database: instance.database });
  await index(bench, { text: 'an ocelot' });
});
afterAll(async () => {
  await bench.stop();
  await instance.stop();
});

const SEARCH = 'searchFiles(query: "ocelot", first: 1) { edges { rank } }';

/** The codes of the errors, in their order. */
async function ask(query: string, signal: AbortSignal | null = null): Promise<unknown[]> {
  const { errors = [] } = await send(instance.url, query, {}, signal);
  return errors.map(({ extensions }) => extensions?.['code']);
}

it('as many searches as an operation may have are all answered', async () => {
  const operationOf = (searches: number): string =>
    `{ ${Array.from({ length: searches }, (_, at) => `s${at}: ${SEARCH}`).join(' ')} }`;
  expect(await ask(operationOf(19))).toEqual([]);
  expect(await ask(operationOf(20))).toEqual(['COST_LIMIT_EXCEEDED']);
});

const waitingForLocks = async (): Promise<number> =>
  (
    await instance.database.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
  ).length;

// The searches that run are ended after 5 s, which makes room too: too late for this test, unless the machine is very slow.
it('clients that leave give up their places', { retry: 2 }, async () => {
  const holder = new pg.Client({ connectionString: instance.database.url });
  onTestFinished(() => holder.end());
  await holder.connect();
  await holder.query('begin; lock table file_text in access exclusive mode');
  const leaving = new AbortController();
  const answers: unknown[] = [];
  const search = async (signal: AbortSignal | null): Promise<unknown> =>
    answers.push(await ask(`{ ${SEARCH} }`, signal));
  const running = [search(null), search(null)];
  await until(waitingForLocks, (count) => count === 2);
  const waiting = Promise.allSettled(Array.from({ length: 21 }, () => search(leaving.signal)));
  await until(
    () => answers.length,
    (count) => count === 1,
  );
  leaving.abort();
  await waiting;
  const probe = (): Promise<unknown[]> => ask(`{ ${SEARCH} }`, AbortSignal.timeout(500)).catch(() => ['WAITS']);
  await until(probe, ([code]) => code === 'WAITS');
  expect(answers).toEqual([['UNAVAILABLE']]);
  await holder.query('rollback');
  await Promise.all(running);
});
