// Streams that are told: every change once and in order, whatever the listener refuses and whenever it takes again; and a
// stream whose listener cannot take costs the others nothing. Behind the ring: told-streams.pg.test.ts.
import { setImmediate as turn } from 'node:timers/promises';
import type { Pool } from 'pg';
import { describe, expect, it } from 'vitest';
import { LOGGED_CHANGES, type LoggedChange } from '../../src/feed/change.ts';
import { ChangeStream, EVERY_CHANGE, snapshotThenTail, type View } from '../../src/feed/change-stream.ts';
import type { Listener } from '../../src/feed/live-stream.ts';
import type { Pump } from '../../src/feed/pump.ts';
import { Ring } from '../../src/feed/ring.ts';
import { Router } from '../../src/feed/router.ts';
import { fileIdOf, makeChange, makeFile } from '../support/feed.ts';
import { createRandom } from '../support/random.ts';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 31);

class Scene {
  readonly ring = new Ring(10_000, 0);
  readonly router = new Router(this.ring);
  readonly #stopping = new AbortController();

  push(file: number, fields: Parameters<typeof makeFile>[0] = {}, kind?: 'DELETED'): void {
    const made = makeFile({ id: fileIdOf(file), ...fields });
    this.ring.push(makeChange(this.ring.head + 1, made, kind === undefined ? {} : { kind }));
    this.router.wake();
  }

  stream<Item>(view: View<Item>, ids: number[] | null = null, position = this.ring.head): ChangeStream<Item> {
    const filter = { ...LOGGED_CHANGES, ids: ids === null ? null : new Set(ids.map(fileIdOf)) };
    const pump = { ring: this.ring, router: this.router, stopped: this.#stopping.signal } as unknown as Pump;
    // Nothing falls out of the ring here, so that no page is read.
    return new ChangeStream({ pump, pool: null as unknown as Pool }, { tenant: 'local', filter, position }, view);
  }
}

/** Takes what it is offered while it is free. */
class Ear<Item> implements Listener<Item> {
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

const positions = ({ taken }: Ear<LoggedChange>): number[] => taken.map(({ position }) => position);
const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);

/** On a busy machine a few changes may take more than a slice of the router's time. */
async function settle({ router, ring }: Scene): Promise<void> {
  while (router.position < ring.head) await turn();
  for (let turns = 0; turns < 5; turns += 1) await turn();
}

describe('a stream that is told', () => {
  it('has taken a change before anything else happens', async () => {
    const scene = new Scene();
    const ear = new Ear<LoggedChange>();
    scene.stream(EVERY_CHANGE).tell(ear);
    scene.push(1);
    expect(positions(ear)).toEqual([1]);
    scene.push(2);
    await settle(scene);
    expect(positions(ear)).toEqual([1, 2]);
  });

  it('begins where it was asked to, and goes on with what is new', async () => {
    const scene = new Scene();
    for (let count = 0; count < 10; count += 1) scene.push(1);
    const ear = new Ear<LoggedChange>();
    scene.stream(EVERY_CHANGE, null, 4).tell(ear);
    scene.push(1);
    await settle(scene);
    scene.push(1);
    await settle(scene);
    expect(positions(ear)).toEqual(upTo(12, 5));
  });

  it('that cannot take is not asked again until it has caught up, and holds up nobody', async () => {
    const scene = new Scene();
    const [slow, quick] = [new Ear<LoggedChange>(), new Ear<LoggedChange>()];
    for (const ear of [slow, quick]) scene.stream(EVERY_CHANGE).tell(ear);
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

  it('takes each change once and in order, whenever its listeners can and cannot', async () => {
    const random = createRandom(SEED);
    for (let round = 0; round < 100; round += 1) {
      const scene = new Scene();
      const ears = Array.from({ length: 4 }, (_, at) => ({ ear: new Ear<LoggedChange>(), file: at % 2 }));
      for (const { ear, file } of ears) scene.stream(EVERY_CHANGE, file === 0 ? null : [file]).tell(ear);
      for (let step = 0; step < 60; step += 1) {
        const { ear } = random.pick(ears);
        if (random.chance(0.3)) ear.isFree = false;
        if (random.chance(0.3)) ear.free();
        if (random.chance(0.7)) scene.push(1 + random.below(2));
        if (random.chance(0.3)) await turn();
      }
      for (const { ear } of ears) ear.free();
      await settle(scene);
      const all = upTo(scene.ring.head).map((position) => scene.ring.at(position)!);
      for (const { ear, file } of ears) {
        const wanted = all.filter(({ fileId }) => file === 0 || fileId === fileIdOf(file));
        expect(positions(ear), `seed ${SEED}, round ${round}`).toEqual(wanted.map(({ position }) => position));
      }
    }
  });

  it('that is left is told no more, also while it is behind, and says so once', async () => {
    const scene = new Scene();
    const [live, behind] = [new Ear<LoggedChange>(), new Ear<LoggedChange>()];
    const streams = [live, behind].map((ear) => {
      const stream = scene.stream(EVERY_CHANGE);
      stream.tell(ear);
      return stream;
    });
    let over = 0;
    for (const stream of streams) stream.hold({ release: () => (over += 1) });
    behind.isFree = false;
    scene.push(1);
    await settle(scene);
    for (const stream of [...streams, ...streams]) await stream.return();
    scene.push(1);
    behind.free();
    await settle(scene);
    expect([positions(live), behind.taken.length, over, scene.router.size]).toEqual([[1], 1, 2, 0]);
    expect([live.endings, behind.endings]).toEqual([[], []]);
  });

  it('whose listener breaks ends with that, and nobody else does', async () => {
    const scene = new Scene();
    const [broken, sound] = [new Ear<LoggedChange>(), new Ear<LoggedChange>()];
    broken.offer = () => {
      throw new RangeError('broken');
    };
    for (const ear of [broken, sound]) scene.stream(EVERY_CHANGE).tell(ear);
    scene.push(1);
    scene.push(1);
    await settle(scene);
    expect(broken.endings).toEqual([new RangeError('broken')]);
    expect([positions(sound), scene.router.size]).toEqual([[1, 2], 1]);
  });
});

describe('the stream of a file', () => {
  const snapshot = makeFile({ id: fileIdOf(1), version: 3 });
  const versions = (ear: Ear<{ version: number }>): number[] => ear.taken.map(({ version }) => version);

  it.each([true, false])('is the snapshot, then what is newer, to the deletion (listener free: %s)', async (isFree) => {
    const scene = new Scene();
    const ear = new Ear<typeof snapshot>();
    ear.isFree = isFree;
    scene.stream(snapshotThenTail(snapshot), [1]).tell(ear);
    for (const version of [2, 3, 4, 5]) scene.push(1, { version });
    scene.push(1, { version: 6 }, 'DELETED');
    scene.push(1, { version: 7 });
    ear.free();
    await settle(scene);
    expect([versions(ear), ear.endings, scene.router.size]).toEqual([[3, 4, 5], [null], 0]);
  });
});
