// Who goes into which unit of work: tenants in turn, the commands of a file in the order in which they came.
import { expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type { Command, TransitionCommand } from '../../src/lifecycle/commands.ts';
import { Dispatcher, type Run } from '../../src/lifecycle/dispatcher.ts';

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
});

const many = (tenant: string, count: number): TransitionCommand[] =>
  Array.from({ length: count }, () => command(tenant));

/** A dispatcher whose units take a turn of the event loop, and the list of them. */
function start(): { dispatcher: Dispatcher; units: (readonly Command[])[] } {
  const units: (readonly Command[])[] = [];
  const run: Run = async (commands) => {
    units.push(commands);
    await new Promise(setImmediate);
    return { answers: new Map(commands.map((each) => [each, { outcome: 'kept' }])), held: new Set() };
  };
  return { dispatcher: new Dispatcher({ run, lanes: 2, batchSize: 256, heldLanes: 1 }), units };
}

const unitsWith = (units: readonly (readonly Command[])[], tenant: string): number[] =>
  units.flatMap((unit, at) => (unit.some((each) => each.tenant === tenant) ? [at] : []));

it('a tenant with ten thousand commands waiting does not keep another waiting', async () => {
  const { dispatcher, units } = start();
  const crowd = dispatcher.submit(many('crowd', 10_000));
  const others = ['one', 'two', 'three'];
  const answers = others.flatMap((tenant) => dispatcher.submit(many(tenant, 20)));
  await Promise.all(answers);
  // Both lanes were taken by then; theirs is the next unit.
  for (const tenant of others) expect(unitsWith(units, tenant)).toEqual([2]);
  expect(units.length).toBeLessThan(5);
  await Promise.all(crowd);
  expect(units.flat()).toHaveLength(10_060);
});

it('two tenants with as much to do get as much of each unit', async () => {
  const { dispatcher, units } = start();
  await Promise.all([...dispatcher.submit(many('first', 2_000)), ...dispatcher.submit(many('second', 2_000))]);
  for (const unit of units.slice(2, 10)) {
    expect(unit.filter(({ tenant }) => tenant === 'first')).toHaveLength(128);
    expect(unit).toHaveLength(256);
  }
});

it('the commands of a file keep their order and are never in two units at once', async () => {
  const { dispatcher, units } = start();
  const [hot, cold] = [uuidv7(), uuidv7()];
  const asked = Array.from({ length: 1_500 }, (_, at) => command(at % 2 === 0 ? 'a' : 'b', at % 2 === 0 ? hot : cold));
  await Promise.all(asked.flatMap((each) => [dispatcher.submit([each]), dispatcher.submit(many('c', 3))]).flat());
  for (const file of [hot, cold]) {
    expect(units.flat().filter(({ fileId }) => fileId === file)).toEqual(asked.filter(({ fileId }) => fileId === file));
  }
});

it('a lone command is in a unit at once', () => {
  const { dispatcher, units } = start();
  void dispatcher.submit(many('one', 1));
  expect(units).toHaveLength(1);
});
