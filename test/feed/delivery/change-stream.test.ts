// ChangeStream: every change once and in order, whatever the subscriber refuses and whenever it takes again; a slow
// subscriber does not delay others. Beyond the ring buffer: change-stream.pg.test.ts.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LOGGED_CHANGES, type LoggedChange } from '../../../src/feed/change.ts';
import { ChangeStream, EVERY_CHANGE, type Projection } from '../../../src/feed/delivery/change-stream.ts';
import type { Subscriber } from '../../../src/feed/delivery/live-stream.ts';
import { RingBuffer } from '../../../src/feed/delivery/ring-buffer.ts';
import { Router } from '../../../src/feed/delivery/router.ts';
import { fileIdOf, makeChange, makeFile, placeAt, sourceOf } from '../../support/feed.ts';
import { createRandom } from '../../support/random.ts';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 31);

class Scene {
  readonly ring = new RingBuffer(10_000, placeAt(0));
  readonly router = new Router(this.ring);

  push(file: number, fields: Parameters<typeof makeFile>[0] = {}, kind?: 'DELETED'): void {
    const made = makeFile({ id: fileIdOf(file), ...fields });
    this.ring.push(makeChange(this.ring.head + 1, made, kind === undefined ? {} : { kind }));
    this.router.deliver();
  }

  stream<Item>(
    projection: Projection<Item>,
    ids: number[] | null = null,
    position = this.ring.head,
  ): ChangeStream<Item> {
    const filter = { ...LOGGED_CHANGES, ids: ids === null ? null : new Set(ids.map(fileIdOf)) };
    const { ring, router } = this;
    const readBehind = () => Promise.reject(new Error('nothing leaves the ring buffer here'));
    return new ChangeStream(
      sourceOf(ring, router, readBehind),
      { tenant: 'local', filter, place: placeAt(position) },
      projection,
    );
  }
}

/** Takes items while it is free. */
class StopAndGo<Item> implements Subscriber<Item> {
  readonly taken: Item[] = [];
  readonly endings: unknown[] = [];
  offers = 0;
  isFree = true;
  #waiting: (() => void)[] = [];

  offer(item: Item): boolean {
    this.offers += 1;
    if (this.isFree) this.taken.push(item);
    return this.isFree;
  }

  async take(item: Item): Promise<void> {
    while (!this.isFree) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.taken.push(item);
  }

  end(failure: unknown): void {
    this.endings.push(failure);
  }

  free(): void {
    this.isFree = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

const positions = ({ taken }: StopAndGo<LoggedChange>): number[] => taken.map(({ position }) => position);
const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);

/** On a busy machine a few changes may take the router more than one slice of time. */
async function settle({ router, ring }: Scene): Promise<void> {
  while (router.place.position < ring.head) await turn();
  for (let turns = 0; turns < 5; turns += 1) await turn();
}

describe('a change stream', () => {
  it('delivers a change in the same tick', async () => {
    const scene = new Scene();
    const subscriber = new StopAndGo<LoggedChange>();
    scene.stream(EVERY_CHANGE).deliverTo(subscriber);
    scene.push(1);
    expect(positions(subscriber)).toEqual([1]);
    scene.push(2);
    await settle(scene);
    expect(positions(subscriber)).toEqual([1, 2]);
  });

  it('begins after its position, and goes on with new changes', async () => {
    const scene = new Scene();
    for (let count = 0; count < 10; count += 1) scene.push(1);
    const subscriber = new StopAndGo<LoggedChange>();
    scene.stream(EVERY_CHANGE, null, 4).deliverTo(subscriber);
    scene.push(1);
    await settle(scene);
    scene.push(1);
    await settle(scene);
    expect(positions(subscriber)).toEqual(upTo(12, 5));
  });

  it('offers nothing to a subscriber that has refused until it has caught up, and does not delay others', async () => {
    const scene = new Scene();
    const [slow, quick] = [new StopAndGo<LoggedChange>(), new StopAndGo<LoggedChange>()];
    for (const subscriber of [slow, quick]) scene.stream(EVERY_CHANGE).deliverTo(subscriber);
    scene.push(1);
    slow.isFree = false;
    for (let count = 0; count < 99; count += 1) scene.push(1);
    await settle(scene);
    expect([slow.offers, quick.offers]).toEqual([2, 100]);
    expect(positions(quick)).toEqual(upTo(100));
    slow.free();
    await settle(scene);
    expect(positions(slow)).toEqual(upTo(100));
    scene.push(1);
    await settle(scene);
    expect([slow.offers, positions(slow).at(-1)]).toEqual([3, 101]);
  });

  it('delivers each change once and in order, whenever its subscriber can and cannot take', async () => {
    const random = createRandom(SEED);
    for (let round = 0; round < 100; round += 1) {
      const scene = new Scene();
      const subscribers = Array.from({ length: 4 }, (_, at) => ({
        subscriber: new StopAndGo<LoggedChange>(),
        file: at % 2,
      }));
      for (const { subscriber, file } of subscribers)
        scene.stream(EVERY_CHANGE, file === 0 ? null : [file]).deliverTo(subscriber);
      for (let step = 0; step < 60; step += 1) {
        const { subscriber } = random.pick(subscribers);
        if (random.chance(0.3)) subscriber.isFree = false;
        if (random.chance(0.3)) subscriber.free();
        if (random.chance(0.7)) scene.push(1 + random.below(2));
        if (random.chance(0.3)) await turn();
      }
      for (const { subscriber } of subscribers) subscriber.free();
      await settle(scene);
      const all = upTo(scene.ring.head).map((position) => scene.ring.at(position)!);
      for (const { subscriber, file } of subscribers) {
        const expected = all.filter(({ fileId }) => file === 0 || fileId === fileIdOf(file));
        expect(positions(subscriber), `seed ${SEED}, round ${round}`).toEqual(expected.map(({ position }) => position));
      }
    }
  });

  it('delivers nothing after it is left, live or behind, and releases its holds once', async () => {
    const scene = new Scene();
    const [live, behind] = [new StopAndGo<LoggedChange>(), new StopAndGo<LoggedChange>()];
    const streams = [live, behind].map((subscriber) => {
      const stream = scene.stream(EVERY_CHANGE);
      stream.deliverTo(subscriber);
      return stream;
    });
    let released = 0;
    for (const stream of streams) stream.hold({ release: () => (released += 1) });
    behind.isFree = false;
    scene.push(1);
    await settle(scene);
    for (const stream of [...streams, ...streams]) await stream.return();
    scene.push(1);
    behind.free();
    await settle(scene);
    expect([positions(live), behind.taken.length, released, scene.router.size]).toEqual([[1], 1, 2, 0]);
    expect([live.endings, behind.endings]).toEqual([[], []]);
  });

  it('ends with the error that its subscriber throws, and no other stream does', async () => {
    const scene = new Scene();
    const [broken, sound] = [new StopAndGo<LoggedChange>(), new StopAndGo<LoggedChange>()];
    broken.offer = () => {
      throw new RangeError('broken');
    };
    for (const subscriber of [broken, sound]) scene.stream(EVERY_CHANGE).deliverTo(subscriber);
    scene.push(1);
    scene.push(1);
    await settle(scene);
    expect(broken.endings).toEqual([new RangeError('broken')]);
    expect([positions(sound), scene.router.size]).toEqual([[1, 2], 1]);
  });
});

describe('a change stream that is read', () => {
  const positionOf = async (next: Promise<IteratorResult<LoggedChange, void>>) => (await next).value?.position;

  it('gives each change once and in order, to a reader that waits and to one that comes late', async () => {
    const scene = new Scene();
    const stream = scene.stream(EVERY_CHANGE);
    const waiting = [stream.next(), stream.next()];
    for (let count = 0; count < 5; count += 1) scene.push(1);
    expect(await Promise.all(waiting.map(positionOf))).toEqual([1, 2]);
    for (const position of [3, 4, 5]) expect(await positionOf(stream.next())).toBe(position);
  });

  it('ends while a reader waits, when it is left or the feed stops', async () => {
    const scene = new Scene();
    const [left, stopped] = [scene.stream(EVERY_CHANGE), scene.stream(EVERY_CHANGE)];
    const waiting = [left.next(), stopped.next()];
    await left.return();
    scene.router.stop();
    const late = scene.stream(EVERY_CHANGE);
    for (const next of [...waiting, left.next(), late.next()]) expect((await next).done).toBe(true);
    expect(scene.router.size).toBe(0);
  });

  it('throws its failure once, and is done after that', async () => {
    const scene = new Scene();
    const stream = scene.stream({
      ...EVERY_CHANGE,
      itemOf: () => {
        throw new RangeError('broken');
      },
    });
    const next = stream.next();
    scene.push(1);
    await expect(next).rejects.toThrow('broken');
    expect((await stream.next()).done).toBe(true);
  });
});
