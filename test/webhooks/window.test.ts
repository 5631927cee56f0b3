// How far a webhook has come: never past a change that has not ended.
import { describe, expect, it } from 'vitest';
import { Window } from '../../src/webhooks/sending/window.ts';
import { placeAt } from '../support/feed.ts';
import { createRandom } from '../support/random.ts';

const FEW = 200;

describe('the place', () => {
  it('moves behind the changes of which every one before has ended', () => {
    const window = new Window(placeAt(0));
    for (const position of [2, 5, 9]) window.open(placeAt(position));
    const settle = (position: number): number => {
      window.settle({ position });
      return window.place(placeAt(20)).position;
    };
    expect([settle(5), settle(7), settle(2)]).toEqual([0, 0, 5]);
    expect(window.size).toBe(1);
    // What did not match counts once nothing is open.
    expect(settle(9)).toBe(20);
    expect(window.size).toBe(0);
  });

  it('is before the first that is open, in whatever order they end', () => {
    const random = createRandom(7);
    const window = new Window(placeAt(0));
    const open = new Set<number>();
    let last = 0;
    for (let step = 0; step < 20 * FEW; step += 1) {
      if (open.size < FEW && random.chance(0.5)) {
        last += 1 + random.below(3);
        window.open(placeAt(last));
        open.add(last);
      } else if (open.size > 0) {
        const position = [...open][random.below(open.size)]!;
        window.settle({ position });
        open.delete(position);
      }
      const { position } = window.place(placeAt(last));
      const first = Math.min(...open);
      expect(position).toBeLessThan(first);
      if (open.size === 0) expect(position).toBe(last);
    }
  });
});
