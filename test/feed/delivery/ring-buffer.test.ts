// RingBuffer against a plain list: it holds the last changes and knows what it covers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RingBuffer } from '../../../src/feed/delivery/ring-buffer.ts';
import { JsonText } from '../../../src/entities/json-text.ts';
import { makeChange, makeFile, placeAt } from '../../support/feed.ts';

const NEVER_PUSHED = 40;

describe('a ring buffer', () => {
  it('holds the last changes, up to its capacity, and nothing else', () => {
    const pushes = fc.nat({ max: 70 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat({ max: 1_000 }), pushes, (capacity, start, count) => {
        const ring = new RingBuffer(capacity, placeAt(start));
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

  it('covers a position when it holds everything after it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.nat({ max: 40 }), (capacity, count) => {
        const ring = new RingBuffer(capacity, placeAt(100));
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

  it('holds fewer changes of files with much metadata, and the newest whatever it weighs', () => {
    const ring = new RingBuffer(8_192, placeAt(0));
    const heavy = makeFile({ metadata: new JsonText(`{"text":"${'x'.repeat(16_000)}"}`) });
    for (let position = 1; position <= 3_000; position += 1) ring.push(makeChange(position, heavy));
    expect(ring.size).toBeGreaterThan(950);
    expect(ring.size).toBeLessThan(1_000);
    expect(ring.covers(ring.head - ring.size)).toBe(true);
    expect(ring.covers(ring.head - ring.size - 1)).toBe(false);
    expect(ring.at(ring.head - ring.size)).toBeUndefined();
    // Light ones fill it up again, as the heavy ones leave.
    for (let position = 3_001; position <= 12_000; position += 1) ring.push(makeChange(position));
    expect(ring.size).toBe(8_192);
    const all = makeFile({ properties: new JsonText(JSON.stringify('x'.repeat(17 * 2 ** 20))) });
    ring.push(makeChange(12_001, all));
    expect([ring.size, ring.at(12_001)?.file]).toEqual([1, all]);
  });

  it('is empty and covers its start when it is new', () => {
    const ring = new RingBuffer(4, placeAt(7));
    expect([ring.head, ring.size, ring.covers(7), ring.covers(6), ring.at(7), ring.at(8)]).toEqual([
      7,
      0,
      true,
      false,
      undefined,
      undefined,
    ]);
  });

  it.each([0, 5, 7, 9])(
    'refuses position %d after 7, since a gap or a repeat would reach every subscriber',
    (position) => {
      const ring = new RingBuffer(4, placeAt(7));
      expect(() => ring.push(makeChange(position))).toThrow(RangeError);
      ring.push(makeChange(8));
      expect(ring.head).toBe(8);
    },
  );
});
