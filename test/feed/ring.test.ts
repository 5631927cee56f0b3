// The ring against a plain list: whatever is pushed, it has the last ones and says truly what it covers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ring } from '../../src/feed/ring.ts';
import { makeChange } from '../support/feed.ts';

const NEVER_PUSHED = 40;

describe('a ring', () => {
  it('has the last changes, as many as it can hold, and nothing else', () => {
    const pushes = fc.nat({ max: 70 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat({ max: 1_000 }), pushes, (capacity, start, count) => {
        const ring = new Ring(capacity, start);
        const pushed = Array.from({ length: count }, (_, at) => makeChange(start + at + 1));
        for (const change of pushed) ring.push(change);
        const kept = pushed.slice(-capacity);
        expect(ring.head).toBe(start + count);
        expect(ring.size).toBe(kept.length);
        for (let position = start - 5; position <= start + count + NEVER_PUSHED; position += 1) {
          expect(ring.at(position), `position ${position}`).toBe(kept.find((each) => each.position === position));
        }
      }),
    );
  });

  it('covers a position when everything after it is here, wherever the reader comes from', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.nat({ max: 40 }), (capacity, count) => {
        const ring = new Ring(capacity, 100);
        for (let at = 1; at <= count; at += 1) ring.push(makeChange(100 + at));
        for (let position = 90; position <= ring.head + 5; position += 1) {
          const after = Array.from({ length: Math.max(0, ring.head - position) }, (_, at) => position + at + 1);
          expect(ring.covers(position), `position ${position} of ${ring.head}`).toBe(
            after.every((each) => ring.at(each) !== undefined),
          );
        }
      }),
    );
  });

  it('is empty and covers its beginning when it is new', () => {
    const ring = new Ring(4, 7);
    expect([ring.head, ring.size, ring.covers(7), ring.covers(6), ring.at(7), ring.at(8)]).toEqual([
      7,
      0,
      true,
      false,
      undefined,
      undefined,
    ]);
  });

  it.each([0, 5, 7, 9])('refuses position %d after 7: a gap or a repeat would reach every subscriber', (position) => {
    const ring = new Ring(4, 7);
    expect(() => ring.push(makeChange(position))).toThrow(RangeError);
    ring.push(makeChange(8));
    expect(ring.head).toBe(8);
  });
});
