// Streams that deliver more than the changes of the log, and the stream of one file.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LOGGED_CHANGES, type LoggedChange } from '../../../src/feed/change.ts';
import {
  ChangeStream,
  EVERY_CHANGE,
  type Projection,
  snapshotThenTail,
} from '../../../src/feed/delivery/change-stream.ts';
import type { Subscriber } from '../../../src/feed/delivery/live-stream.ts';
import { RingBuffer } from '../../../src/feed/delivery/ring-buffer.ts';
import { Router } from '../../../src/feed/delivery/router.ts';
import { fileIdOf, makeChange, makeFile, placeAt, sourceOf } from '../../support/feed.ts';

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

/** On a busy machine a few changes may take the router more than one slice of time. */
async function settle({ router, ring }: Scene): Promise<void> {
  while (router.place.position < ring.head) await turn();
  for (let turns = 0; turns < 5; turns += 1) await turn();
}

describe('items that are not in the log', () => {
  it('come between the changes, and are refused while the stream is behind', async () => {
    const scene = new Scene();
    const subscriber = new StopAndGo<LoggedChange | string>();
    const stream = scene.stream<LoggedChange | string>(EVERY_CHANGE);
    expect(stream.insert(['too early'])).toBe(false);
    stream.deliverTo(subscriber);
    scene.push(1);
    await settle(scene);
    expect(stream.insert(['one', 'two'])).toBe(true);
    await settle(scene);
    subscriber.isFree = false;
    expect(stream.insert(['three', 'four'])).toBe(true);
    expect(stream.insert(['while it is behind'])).toBe(false);
    scene.push(1);
    subscriber.free();
    await settle(scene);
    scene.push(1);
    const received = subscriber.taken.map((item) => (typeof item === 'string' ? item : item.position));
    expect(received).toEqual([1, 'one', 'two', 'three', 'four', 2, 3]);
  });

  it('stand at the position up to which the stream has delivered, over changes that do not match', async () => {
    const scene = new Scene();
    const stream = scene.stream(EVERY_CHANGE, [1]);
    const subscriber = new StopAndGo<LoggedChange>();
    stream.deliverTo(subscriber);
    scene.push(1);
    scene.push(2);
    await settle(scene);
    expect(stream.place.position).toBe(2);
    subscriber.isFree = false;
    scene.push(1);
    scene.push(2);
    await settle(scene);
    expect(stream.place.position).toBe(2);
  });
});

describe('the stream of a file', () => {
  const snapshot = makeFile({ id: fileIdOf(1), version: 3 });
  const versions = (subscriber: StopAndGo<{ version: number }>): number[] =>
    subscriber.taken.map(({ version }) => version);

  it.each([true, false])(
    'is the snapshot, then newer versions, until the deletion (subscriber free: %s)',
    async (isFree) => {
      const scene = new Scene();
      const subscriber = new StopAndGo<typeof snapshot>();
      subscriber.isFree = isFree;
      scene.stream(snapshotThenTail(snapshot), [1]).deliverTo(subscriber);
      for (const version of [2, 3, 4, 5]) scene.push(1, { version });
      scene.push(1, { version: 6 }, 'DELETED');
      scene.push(1, { version: 7 });
      subscriber.free();
      await settle(scene);
      expect([versions(subscriber), subscriber.endings, scene.router.size]).toEqual([[3, 4, 5], [null], 0]);
    },
  );
});
