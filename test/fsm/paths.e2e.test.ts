// Every way through the machine, found by walking its graph, is walked once more over HTTP.
import { getShortestPaths, getSimplePaths } from 'xstate/graph';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIFECYCLE_EVENTS, type MachineEvent, lifecycleMachine } from '../../src/fsm/machine.ts';
import { newFile, readFile, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { readHistory } from '../support/operations.ts';
import { EVENTS, STATES, WAY_TO } from './contract-table.ts';

interface Path {
  readonly to: string;
  readonly events: readonly string[];
}

const facts = { attempts: 1, maxAttempts: 5 };
const failure = { code: 'TEST', message: 'a test', retryable: true };
const events = LIFECYCLE_EVENTS.map((type): MachineEvent => ({ type, facts, failure }));

function pathsOf(find: typeof getSimplePaths<typeof lifecycleMachine>): Path[] {
  return find(lifecycleMachine, { events }).map(({ state, steps }) => ({
    to: state.value,
    // The graph calls what made the initial state an event too.
    events: steps.map(({ event }): string => event.type).filter((type) => type !== 'xstate.init'),
  }));
}

const simple = pathsOf(getSimplePaths);
const shortest = pathsOf(getShortestPaths);

// A simple path never comes back to a state, so the edges that close a circle are walked after it.
const circles: Path[] = [
  { to: 'UNTRACKED', events: [...WAY_TO.FAILED, 'RETRY'] },
  { to: 'UNTRACKED', events: [...WAY_TO.INDEXED, 'RESET'] },
];

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());

it('there is a way to every state, and every event is on some way', () => {
  expect(shortest.map(({ to }) => to).toSorted()).toEqual(STATES.toSorted());
  expect(new Set(simple.map(({ to }) => to))).toEqual(new Set(STATES));
  for (const { to, events: way } of shortest) {
    expect(way, to).toHaveLength(WAY_TO[to as keyof typeof WAY_TO].length);
  }
  expect(new Set([...simple, ...circles].flatMap((path) => path.events))).toEqual(new Set(EVENTS));
});

describe.each([
  ['simple', simple],
  ['shortest', shortest],
  ['closed', circles],
])('each %s path', (_kind, paths) => {
  it.each(paths.map((path): [string, Path] => [`${path.events.join(', ') || 'nothing'} leads to ${path.to}`, path]))(
    '%s',
    async (_title, { to, events: way }) => {
      const id = await newFile(waybill.url);
      for (const [index, event] of way.entries()) {
        expect(await transition(waybill.url, id, event)).toMatchObject({
          __typename: 'TransitionFileSuccess',
          file: { version: index + 1 },
          transition: { event, version: index + 1 },
        });
      }
      expect(await readFile(waybill.url, id)).toMatchObject({ state: to, version: way.length });
      expect((await readHistory(waybill.url, id))?.map(({ event }) => event)).toEqual(way);
    },
  );
});
