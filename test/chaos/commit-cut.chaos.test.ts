// The connection to the database breaks around COMMIT, or its answer never arrives. The client gets one success, or its
// retry finds the one effect.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COMMIT_MESSAGE } from '../support/commit-message.ts';
import { type Result, newFile, transition } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const TIMES = 10;
// Of the writers' pool.
const COMMIT = { pattern: COMMIT_MESSAGE, connection: 'waybill-writes' };

let database: TestDatabase;
let proxy: TcpProxy;
/** Behind the proxy. */
let replica: Instance;
let other: Instance;

beforeAll(async () => {
  database = await createDatabase();
  proxy = await startTcpProxy(database.url);
  replica = await startInstance({ database, env: { DATABASE_URL: proxy.urlThrough(database.url) } });
  other = await startInstance({ database });
});
afterAll(async () => {
  await replica.stop();
  await other.stop();
  await proxy.close();
  await database.drop();
});

interface Outcome {
  readonly first: Result | null;
  readonly retry: Result;
}

async function sendTwice(id: string): Promise<Outcome> {
  const idempotencyKey = randomUUID();
  const first = await transition(replica.url, id, 'START_UPLOAD', { idempotencyKey }).catch(() => null);
  const retry = await transition(other.url, id, 'START_UPLOAD', { idempotencyKey });
  return { first, retry };
}

async function expectOneEffect(id: string, { first, retry }: Outcome): Promise<void> {
  const rows = await database.query<{ attempt: string }>(
    `select 'attempt_' || attempt_id as attempt from file_change where 'file_' || file_id = $1 and version > 0`,
    [id],
  );
  expect(retry).toMatchObject({ __typename: 'TransitionFileSuccess', transition: { version: 1 } });
  expect(rows).toEqual([{ attempt: retry.transition?.attemptId }]);
  if (first === null) return;
  expect(first).toMatchObject({ __typename: 'TransitionFileSuccess', replayed: false });
  expect(retry).toMatchObject({ replayed: true, transition: { attemptId: first.transition?.attemptId } });
}

function summarise(what: string, outcomes: readonly Outcome[]): void {
  const acknowledged = outcomes.filter(({ first }) => first !== null).length;
  const found = outcomes.filter(({ retry }) => retry.replayed).length;
  process.stdout.write(`${what}: ${TIMES} times, acknowledged ${acknowledged}, found by the retry ${found}\n`);
}

it('a connection cut right after COMMIT was sent leaves one effect', async () => {
  const before = proxy.matches;
  const outcomes: Outcome[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const id = await newFile(replica.url);
    proxy.atMatch(COMMIT, 'cutAfter');
    const outcome = await sendTwice(id);
    await expectOneEffect(id, outcome);
    outcomes.push(outcome);
  }
  expect(proxy.matches - before, 'commits cut').toBe(TIMES);
  summarise('cut after COMMIT', outcomes);
});

it('a COMMIT whose answer is swallowed before the connection breaks leaves one effect', async () => {
  const before = proxy.matches;
  const outcomes: Outcome[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const id = await newFile(replica.url);
    proxy.atMatch(COMMIT, 'swallowAnswers');
    const sent = sendTwice(id);
    await until(
      () => proxy.matches - before,
      (commits) => commits === time + 1,
    );
    await sleep(50); // nobody answers; then everything breaks
    proxy.cut();
    await proxy.restore();
    const outcome = await sent;
    await expectOneEffect(id, outcome);
    outcomes.push(outcome);
  }
  summarise('answer to COMMIT swallowed', outcomes);
});

it('a connection cut before COMMIT arrives leaves one effect all the same', async () => {
  const before = proxy.matches;
  const outcomes: Outcome[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const id = await newFile(replica.url);
    proxy.atMatch(COMMIT, 'cutBefore');
    const outcome = await sendTwice(id);
    await expectOneEffect(id, outcome);
    outcomes.push(outcome);
  }
  expect(proxy.matches - before, 'commits cut').toBe(TIMES);
  summarise('cut before COMMIT', outcomes);
});
