// The connection to the database breaks just after COMMIT was sent, or its answer never arrives. The client is told of
// one success, or its retry finds the one effect.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Result, newFile, transition } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const TIMES = 10;
const COMMIT = Buffer.from('commit\0');
const WRITES = Buffer.from('waybill-writes');

let database: TestDatabase;
let proxy: TcpProxy;
/** Behind the proxy. */
let replica: Instance;
let other: Instance;
/** What the next COMMIT of a unit of work meets. */
let onCommit: (() => 'cut' | 'pass') | null;
let met: number;

beforeAll(async () => {
  database = await createDatabase();
  proxy = await startTcpProxy(Number(new URL(database.url).port));
  const writers = new Set<number>();
  proxy.inspect((chunk, direction, connection) => {
    if (direction === 'toClient') return true;
    // The first message of a connection names what it is for.
    if (chunk.includes(WRITES)) writers.add(connection);
    if (onCommit === null || !writers.has(connection) || !chunk.includes(COMMIT)) return true;
    const meet = onCommit;
    onCommit = null;
    met += 1;
    return meet() === 'pass';
  });
  replica = await startInstance({ database, env: { DATABASE_URL: proxy.urlThrough(database.url) } });
  other = await startInstance({ database });
});
beforeEach(() => {
  onCommit = null;
  met = 0;
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
  const outcomes: Outcome[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const id = await newFile(replica.url);
    onCommit = () => 'cut';
    const outcome = await sendTwice(id);
    await expectOneEffect(id, outcome);
    outcomes.push(outcome);
  }
  expect(met, 'commits cut').toBe(TIMES);
  summarise('cut after COMMIT', outcomes);
});

it('a COMMIT whose answer is swallowed before the connection breaks leaves one effect', async () => {
  const outcomes: Outcome[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const id = await newFile(replica.url);
    onCommit = () => {
      proxy.drop('toClient');
      return 'pass';
    };
    const sent = sendTwice(id);
    await until(
      () => met,
      (commits) => commits === time + 1,
    );
    await sleep(50); // nobody answers; then everything breaks
    proxy.cut();
    proxy.drop(null);
    const outcome = await sent;
    await expectOneEffect(id, outcome);
    outcomes.push(outcome);
  }
  summarise('answer to COMMIT swallowed', outcomes);
});

it('a connection cut before COMMIT arrives leaves one effect all the same', async () => {
  const outcomes: Outcome[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const id = await newFile(replica.url);
    onCommit = () => {
      proxy.cut(); // it goes no further
      return 'pass';
    };
    const outcome = await sendTwice(id);
    await expectOneEffect(id, outcome);
    outcomes.push(outcome);
  }
  expect(met, 'commits cut').toBe(TIMES);
  summarise('cut before COMMIT', outcomes);
});
