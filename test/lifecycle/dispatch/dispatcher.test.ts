// Which commands a batch takes: tenants take turns, the commands of a file keep their order.
import { expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type { AdmissionLimits } from '../../../src/lifecycle/dispatch/admission.ts';
import type { Answer, Command, TransitionCommand } from '../../../src/lifecycle/commands.ts';
import { Dispatcher, type RunBatch } from '../../../src/lifecycle/dispatch/dispatcher.ts';

const command = (tenant: string, fileId: string = uuidv7()): TransitionCommand => ({
  kind: 'transition',
  tenant,
  actor: 'test',
  attemptId: uuidv7(),
  fileId,
  event: 'START_UPLOAD',
  expectedVersion: null,
  idempotencyKey: null,
  failure: { code: 'TEST', message: 'a test', retryable: true },
  leaseToken: null,
  properties: null,
});

const many = (tenant: string, count: number): TransitionCommand[] =>
  Array.from({ length: count }, () => command(tenant));

/** When batches leave. */
const endOfTurn = (): Promise<void> => new Promise(setImmediate);

const PLENTY = { commands: 20_000, bytes: 2 ** 30 };

/** A dispatcher whose batches take a turn of the event loop, and the list of them. */
function start(): { dispatcher: Dispatcher; batches: (readonly Command[])[] } {
  const batches: (readonly Command[])[] = [];
  const runBatch: RunBatch = async (commands) => {
    batches.push(commands);
    await endOfTurn();
    return { answers: new Map(commands.map((each) => [each, { outcome: 'kept' }])), contended: new Set() };
  };
  const admission = { inAll: PLENTY, ofTenant: PLENTY, maxWaitMs: 60_000 };
  const sizes = { workers: 2, batchSize: 256, contendedWorkers: 1 };
  return { dispatcher: new Dispatcher({ runBatch, ...sizes, admission, now: () => 0 }), batches };
}

const batchesWith = (batches: readonly (readonly Command[])[], tenant: string): number[] =>
  batches.flatMap((batch, at) => (batch.some((each) => each.tenant === tenant) ? [at] : []));

it('a tenant with ten thousand commands waiting does not keep another waiting', async () => {
  const { dispatcher, batches } = start();
  const crowd = dispatcher.submit(many('crowd', 10_000));
  await endOfTurn();
  const others = ['one', 'two', 'three'];
  const answers = others.flatMap((tenant) => dispatcher.submit(many(tenant, 20)));
  await Promise.all(answers);
  // Both workers were taken by then; theirs is the next batch.
  for (const tenant of others) expect(batchesWith(batches, tenant)).toEqual([2]);
  expect(batches.length).toBeLessThan(5);
  await Promise.all(crowd);
  expect(batches.flat()).toHaveLength(10_060);
});

it('two tenants with as much to do get as much of each batch', async () => {
  const { dispatcher, batches } = start();
  await Promise.all([...dispatcher.submit(many('first', 2_000)), ...dispatcher.submit(many('second', 2_000))]);
  for (const batch of batches.slice(2, 10)) {
    expect(batch.filter(({ tenant }) => tenant === 'first')).toHaveLength(128);
    expect(batch).toHaveLength(256);
  }
});

it('the commands of a file keep their order and are never in two batches at once', async () => {
  const { dispatcher, batches } = start();
  const [hot, cold] = [uuidv7(), uuidv7()];
  const asked = Array.from({ length: 1_500 }, (_, at) => command(at % 2 === 0 ? 'a' : 'b', at % 2 === 0 ? hot : cold));
  await Promise.all(asked.flatMap((each) => [dispatcher.submit([each]), dispatcher.submit(many('c', 3))]).flat());
  for (const file of [hot, cold]) {
    expect(batches.flat().filter(({ fileId }) => fileId === file)).toEqual(
      asked.filter(({ fileId }) => fileId === file),
    );
  }
});

it('a batch leaves at the end of a turn of the event loop, with all that came in it', async () => {
  const { dispatcher, batches } = start();
  for (let at = 0; at < 5; at += 1) void dispatcher.submit(many('one', 1));
  await endOfTurn();
  expect(batches.map(({ length }) => length)).toEqual([5]);
});

/** A dispatcher whose batches hang until they are released, and whose clock the test moves. */
function startHung(admission: Partial<AdmissionLimits>) {
  const released = Promise.withResolvers<void>();
  const ran: Command[] = [];
  const clock = { now: 0 };
  const runBatch: RunBatch = async (commands) => {
    await released.promise;
    ran.push(...commands);
    return { answers: new Map(commands.map((each) => [each, { outcome: 'kept' }])), contended: new Set() };
  };
  const dispatcher = new Dispatcher({
    runBatch,
    workers: 2,
    batchSize: 10,
    contendedWorkers: 1,
    admission: { inAll: PLENTY, ofTenant: PLENTY, maxWaitMs: 60_000, ...admission },
    now: () => clock.now,
  });
  return { dispatcher, release: released.resolve, ran, clock };
}

const outcomes = async (answers: readonly Promise<Answer>[]): Promise<string[]> =>
  (await Promise.all(answers)).map((answer) => ('code' in answer ? answer.code : answer.outcome));

const times = (count: number, outcome: string): string[] => Array.from({ length: count }, () => outcome);

it('a hung database: what is beyond the limits is refused at once, requests as a whole, and never runs', async () => {
  const limits = { ofTenant: { commands: 100, bytes: 2 ** 30 }, inAll: { commands: 150, bytes: 2 ** 30 } };
  const { dispatcher, release, ran } = startHung(limits);
  const accepted = dispatcher.submit(many('crowd', 99));
  expect(await outcomes(dispatcher.submit(many('crowd', 2)))).toEqual(times(2, 'UNAVAILABLE'));
  accepted.push(...dispatcher.submit(many('crowd', 1)), ...dispatcher.submit(many('other', 50)));
  expect(await outcomes(dispatcher.submit(many('third', 1))), 'in all').toEqual(['UNAVAILABLE']);
  accepted.push(...dispatcher.submit([{ ...command('crowd'), kind: 'expire', actor: 'system:deadlines' }]));
  expect(dispatcher.load.commands).toBe(151);
  release();
  expect(await outcomes(accepted)).toEqual(times(151, 'kept'));
  expect(ran).toHaveLength(151);
  expect(dispatcher.load).toEqual({ commands: 0, bytes: 0 });
  expect(await outcomes(dispatcher.submit(many('crowd', 100))), 'there is room again').toEqual(times(100, 'kept'));
});

it('bytes are bounded as well as commands', async () => {
  const { dispatcher, release } = startHung({ ofTenant: { commands: 1_000, bytes: 100_000 } });
  const big = { ...command('one'), failure: { code: 'TEST', message: 'x'.repeat(60_000), retryable: true } };
  const [first, second] = [dispatcher.submit([big]), dispatcher.submit([{ ...big, fileId: uuidv7() }])];
  expect(await outcomes(second)).toEqual(['UNAVAILABLE']);
  release();
  expect(await outcomes(first)).toEqual(['kept']);
});

it('what has waited too long is refused instead of run; what runs is not', async () => {
  const { dispatcher, release, ran, clock } = startHung({ maxWaitMs: 1_000 });
  const hot = uuidv7();
  const early = dispatcher.submit([...many('one', 20), command('one', hot), command('one', hot)]);
  await endOfTurn();
  clock.now = 1_001;
  const late = dispatcher.submit([command('one', hot)]);
  release();
  expect(await outcomes(early)).toEqual([...times(20, 'kept'), ...times(2, 'UNAVAILABLE')]);
  expect(await outcomes(late)).toEqual(['kept']);
  expect(ran).toHaveLength(21);
  expect(dispatcher.load.commands).toBe(0);
});
