// The router: a change wakes those it is for, once and in order, and nobody else; a crowd lets others have their turn.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ChangeFilter, LOGGED_CHANGES, type LoggedChange } from '../../src/feed/change.ts';
import { Ring } from '../../src/feed/ring.ts';
import { type Hearer, Router } from '../../src/feed/router.ts';
import { fileIdOf, makeChange, makeFile } from '../support/feed.ts';

interface Ear extends Hearer {
  readonly heard: number[];
  readonly lost: number[];
}

function ear(filter: Partial<ChangeFilter> = {}, tenant = 'local', onHear: () => void = () => undefined): Ear {
  const heard: number[] = [];
  const lost: number[] = [];
  const hear = ({ position }: LoggedChange): void => {
    heard.push(position);
    onHear();
  };
  return {
    tenant,
    filter: { ...LOGGED_CHANGES, ...filter },
    heard,
    lost,
    hear,
    lose: (position) => lost.push(position),
    end: () => undefined,
  };
}

interface Scene {
  readonly router: Router;
  readonly push: (...changes: LoggedChange[]) => void;
  /** Pushes, and waits until everybody is told: on a busy machine that may be more than a slice of the router's time. */
  readonly tell: (...changes: LoggedChange[]) => Promise<void>;
}

function setUp(capacity = 100): Scene {
  const ring = new Ring(capacity, 0);
  const router = new Router(ring);
  const push = (...changes: LoggedChange[]): void => {
    for (const change of changes) ring.push(change);
    router.wake();
  };
  const tell = async (...changes: LoggedChange[]): Promise<void> => {
    push(...changes);
    while (router.position < ring.head) await turn();
  };
  return { router, push, tell };
}

const of = (position: number, file: number, fields: Parameters<typeof makeFile>[0] = {}): LoggedChange =>
  makeChange(position, makeFile({ id: fileIdOf(file), ...fields }));

const enterAll = (router: Router, ...ears: Ear[]): void => ears.forEach((each) => router.enter(each));

describe('a change wakes', () => {
  it('of 5,000 who follow one file each the one it is for', async () => {
    const { router, tell } = setUp();
    const ears = Array.from({ length: 5_000 }, (_, file) => ear({ ids: new Set([fileIdOf(file)]) }));
    enterAll(router, ...ears);
    await tell(of(1, 42), of(2, 42), of(3, 4_999));
    expect(ears.flatMap(({ heard }, file) => heard.map((position) => [position, file]))).toEqual([
      [1, 42],
      [2, 42],
      [3, 4_999],
    ]);
  });

  it('those of its state, or of its file, or of all; of its kind and tenant; each once', async () => {
    const { router, tell } = setUp();
    const ears = {
      all: ear(),
      other: ear({}, 'another'),
      failed: ear({ states: new Set(['FAILED', 'INDEXED']) }),
      two: ear({ ids: new Set([fileIdOf(1), fileIdOf(2)]) }),
      twoFailed: ear({ ids: new Set([fileIdOf(1), fileIdOf(2)]), states: new Set(['FAILED']) }),
      registered: ear({ kinds: new Set(['REGISTERED']) }),
      none: ear({ ids: new Set() }),
    };
    enterAll(router, ...Object.values(ears));
    await tell(
      of(1, 1, { version: 0, state: 'UNTRACKED' }),
      of(2, 2, { state: 'FAILED' }),
      of(3, 3, { state: 'INDEXED' }),
      makeChange(4, makeFile({ id: fileIdOf(1), state: 'FAILED' }), { tenant: 'another' }),
    );
    expect(Object.fromEntries(Object.entries(ears).map(([name, { heard }]) => [name, heard]))).toEqual({
      all: [1, 2, 3],
      other: [4],
      failed: [2, 3],
      two: [1, 2],
      twoFailed: [2],
      registered: [1],
      none: [],
    });
  });

  it('nobody who has left, and whoever enters from then on', async () => {
    const { router, tell } = setUp();
    const [early, late] = [ear(), ear({ ids: new Set([fileIdOf(1)]) })];
    router.enter(early);
    await tell(of(1, 1));
    router.enter(late);
    await tell(of(2, 1));
    router.leave(early);
    router.leave(early);
    await tell(of(3, 1));
    expect([early.heard, late.heard, router.size]).toEqual([[1, 2], [2, 3], 1]);
  });

  it('nobody twice when somebody leaves or enters while it is told', async () => {
    const { router, tell } = setUp();
    const [second, third, new_] = [ear(), ear(), ear()];
    const first = ear({}, 'local', () => {
      router.leave(second);
      router.enter(new_);
    });
    enterAll(router, first, second, third);
    await tell(of(1, 1));
    expect([first, second, third].map(({ heard }) => heard)).toEqual([[1], [], [1]]);
    expect(new_.heard.length, 'it has read this one itself, and takes no harm from hearing it').toBeLessThanOrEqual(1);
  });
});

it('while a crowd is told, others have their turn, and what comes meanwhile is told in order', async () => {
  const { router, push } = setUp();
  const busy = (): void => {
    const until = performance.now() + 0.2;
    while (performance.now() < until);
  };
  const ears = Array.from({ length: 200 }, () => ear({}, 'local', busy));
  enterAll(router, ...ears);
  push(of(1, 1));
  const told = ears.filter(({ heard }) => heard.length > 0).length;
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThan(ears.length);
  push(of(2, 1));
  let turns = 0;
  for (; router.position < 2; turns += 1) await turn();
  expect(turns).toBeGreaterThan(3);
  expect(ears.every(({ heard: [one, two, ...more] }) => one === 1 && two === 2 && more.length === 0)).toBe(true);
});

it('changes that were overwritten before they could be told are said to be lost, from where each stood', async () => {
  const { router, push, tell } = setUp(4);
  const busy = (): void => {
    const until = performance.now() + 6;
    while (performance.now() < until);
  };
  const [slow, other] = [ear({}, 'local', busy), ear()];
  enterAll(router, slow, other);
  push(of(1, 1)); // told to the first; then others have their turn, and the ring goes round
  push(...Array.from({ length: 6 }, (_, at) => of(at + 2, 1)));
  while (router.position < 7) await turn();
  expect([slow.lost, other.lost]).toEqual([[1], [1]]);
  await tell(of(8, 1));
  expect([slow.heard, other.heard]).toEqual([
    [1, 8],
    [1, 8],
  ]);
});
