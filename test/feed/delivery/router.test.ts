// Router: it calls the subscribers of a change, once and in order, and no others; and it yields to the event loop.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ChangeFilter, LOGGED_CHANGES, type LoggedChange } from '../../../src/feed/change.ts';
import type { FileState } from '../../../src/fsm/machine.ts';
import { RingBuffer } from '../../../src/feed/delivery/ring-buffer.ts';
import { type ChangeSubscriber, Router } from '../../../src/feed/delivery/router.ts';
import { fileIdOf, makeChange, makeFile, placeAt } from '../../support/feed.ts';

interface RecordingSubscriber extends ChangeSubscriber {
  /** Positions of the changes it was called with. */
  readonly received: number[];
  readonly overruns: number[];
}

function subscriber(
  filter: Partial<ChangeFilter> = {},
  tenant = 'local',
  onReceived: () => void = () => undefined,
): RecordingSubscriber {
  const received: number[] = [];
  const overruns: number[] = [];
  return {
    tenant,
    filter: { ...LOGGED_CHANGES, ...filter },
    received,
    overruns,
    onChange: ({ position }) => {
      received.push(position);
      onReceived();
    },
    onOverrun: ({ position }) => overruns.push(position),
    onEnd: () => undefined,
  };
}

interface Scene {
  readonly router: Router;
  readonly push: (...changes: LoggedChange[]) => void;
  /** Pushes, and waits until all is delivered: on a busy machine that may take more than one slice of time. */
  readonly deliver: (...changes: LoggedChange[]) => Promise<void>;
}

function setUp(capacity = 100): Scene {
  const ring = new RingBuffer(capacity, placeAt(0));
  const router = new Router(ring);
  const push = (...changes: LoggedChange[]): void => {
    for (const change of changes) ring.push(change);
    router.deliver();
  };
  const deliver = async (...changes: LoggedChange[]): Promise<void> => {
    push(...changes);
    while (router.place.position < ring.head) await turn();
  };
  return { router, push, deliver };
}

const changeOf = (position: number, file: number, fields: Parameters<typeof makeFile>[0] = {}): LoggedChange =>
  makeChange(position, makeFile({ id: fileIdOf(file), ...fields }));

const addAll = (router: Router, ...subscribers: RecordingSubscriber[]): void =>
  subscribers.forEach((each) => router.add(each));

const busyFor = (ms: number) => (): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

describe('a change is delivered to', () => {
  it('the one subscriber of its file, among 5,000 who follow one file each', async () => {
    const { router, deliver } = setUp();
    const subscribers = Array.from({ length: 5_000 }, (_, file) => subscriber({ ids: new Set([fileIdOf(file)]) }));
    addAll(router, ...subscribers);
    await deliver(changeOf(1, 42), changeOf(2, 42), changeOf(3, 4_999));
    expect(subscribers.flatMap(({ received }, file) => received.map((position) => [position, file]))).toEqual([
      [1, 42],
      [2, 42],
      [3, 4_999],
    ]);
  });

  it('subscribers to its state, its file or everything, of its kind and tenant, once each', async () => {
    const { router, deliver } = setUp();
    const subscribers = {
      all: subscriber(),
      other: subscriber({}, 'another'),
      failed: subscriber({ states: new Set(['FAILED', 'INDEXED']) }),
      two: subscriber({ ids: new Set([fileIdOf(1), fileIdOf(2)]) }),
      twoFailed: subscriber({ ids: new Set([fileIdOf(1), fileIdOf(2)]), states: new Set(['FAILED']) }),
      registered: subscriber({ kinds: new Set(['REGISTERED']) }),
      none: subscriber({ ids: new Set() }),
    };
    addAll(router, ...Object.values(subscribers));
    await deliver(
      changeOf(1, 1, { version: 0, state: 'UNTRACKED' }),
      changeOf(2, 2, { state: 'FAILED' }),
      changeOf(3, 3, { state: 'INDEXED' }),
      makeChange(4, makeFile({ id: fileIdOf(1), state: 'FAILED' }), { tenant: 'another' }),
    );
    expect(Object.fromEntries(Object.entries(subscribers).map(([name, { received }]) => [name, received]))).toEqual({
      all: [1, 2, 3],
      other: [4],
      failed: [2, 3],
      two: [1, 2],
      twoFailed: [2],
      registered: [1],
      none: [],
    });
  });

  it('subscribers that follow its file out of a state, once, and to none of the others of that state', async () => {
    const { router, deliver } = setUp();
    const states = new Set(['PROCESSING', 'INDEXED'] as const);
    const subscribers = {
      follows: subscriber({ states, follow: true }),
      followsFile: subscriber({ states, follow: true, ids: new Set([fileIdOf(1)]) }),
      doesNot: subscriber({ states }),
    };
    addAll(router, ...Object.values(subscribers));
    const moved = (position: number, file: number, from: FileState, state: FileState): LoggedChange => {
      const change = changeOf(position, file, { state });
      const { fileId, version, occurredAt } = change;
      const rest = { event: 'RESET', attemptId: fileId, actor: 'test', failure: null } as const;
      return { ...change, transition: { fileId, version, occurredAt, from, to: state, ...rest } };
    };
    await deliver(
      moved(1, 1, 'UPLOADING', 'PROCESSING'),
      moved(2, 1, 'PROCESSING', 'INDEXED'),
      moved(3, 1, 'INDEXED', 'UNTRACKED'),
      moved(4, 2, 'INDEXED', 'FAILED'),
      moved(5, 2, 'FAILED', 'UNTRACKED'),
    );
    expect(subscribers.follows.received).toEqual([1, 2, 3, 4]);
    expect(subscribers.followsFile.received).toEqual([1, 2, 3]);
    expect(subscribers.doesNot.received).toEqual([1, 2]);
    for (const each of Object.values(subscribers)) router.remove(each);
    await deliver(moved(6, 1, 'INDEXED', 'UNTRACKED'));
    expect(subscribers.follows.received).toHaveLength(4);
  });

  it('subscribers from when they are added until they are removed', async () => {
    const { router, deliver } = setUp();
    const [early, late] = [subscriber(), subscriber({ ids: new Set([fileIdOf(1)]) })];
    router.add(early);
    await deliver(changeOf(1, 1));
    router.add(late);
    await deliver(changeOf(2, 1));
    router.remove(early);
    router.remove(early);
    await deliver(changeOf(3, 1));
    expect([early.received, late.received, router.size]).toEqual([[1, 2], [2, 3], 1]);
  });

  it('no subscriber twice, when subscribers are added and removed during the delivery', async () => {
    const { router, deliver } = setUp();
    const [second, third, added] = [subscriber(), subscriber(), subscriber()];
    const first = subscriber({}, 'local', () => {
      router.remove(second);
      router.add(added);
    });
    addAll(router, first, second, third);
    await deliver(changeOf(1, 1));
    expect([first, second, third].map(({ received }) => received)).toEqual([[1], [], [1]]);
    expect(added.received.length, 'it reads this one itself, and skips a repeat').toBeLessThanOrEqual(1);
  });
});

it('yields to the event loop while many subscribers are called, and delivers what comes meanwhile in order', async () => {
  const { router, push } = setUp();
  const subscribers = Array.from({ length: 200 }, () => subscriber({}, 'local', busyFor(0.2)));
  addAll(router, ...subscribers);
  push(changeOf(1, 1));
  const called = subscribers.filter(({ received }) => received.length > 0).length;
  expect(called).toBeGreaterThan(0);
  expect(called).toBeLessThan(subscribers.length);
  push(changeOf(2, 1));
  let turns = 0;
  for (; router.place.position < 2; turns += 1) await turn();
  expect(turns).toBeGreaterThan(3);
  expect(subscribers.map(({ received }) => received)).toEqual(subscribers.map(() => [1, 2]));
});

it('reports an overrun to every subscriber, with the position up to which all was delivered', async () => {
  const { router, push, deliver } = setUp(4);
  const [slow, other] = [subscriber({}, 'local', busyFor(6)), subscriber()];
  addAll(router, slow, other);
  push(changeOf(1, 1)); // the router yields after the first subscriber, and meanwhile the ring buffer is overwritten
  push(...Array.from({ length: 6 }, (_, at) => changeOf(at + 2, 1)));
  while (router.place.position < 7) await turn();
  expect([slow.overruns, other.overruns]).toEqual([[1], [1]]);
  await deliver(changeOf(8, 1));
  expect([slow.received, other.received]).toEqual([
    [1, 8],
    [1, 8],
  ]);
});

it('ends every subscriber when it stops, and those that come later', () => {
  const { router } = setUp();
  let ended = 0;
  const ending = (): ChangeSubscriber => ({ ...subscriber(), onEnd: () => (ended += 1) });
  router.add(ending());
  router.stop();
  router.add(ending());
  expect(ended).toBe(2);
});
