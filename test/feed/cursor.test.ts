// Cursors: each leads back to its position, and no other text is accepted.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CursorError, encodeCursor, parseCursor } from '../../src/feed/cursor.ts';

const positions = fc.maxSafeNat();
const fingerprints = fc.integer();
const at = (position: number, fingerprint = 1) => ({ position, fingerprint });
const FEED = '0b5b8d3c-6a0f-4b53-9a3a-5a1f3a3f6a10';

const codeOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error instanceof CursorError ? error.code : error;
  }
};

it('a cursor leads back to its position', () => {
  fc.assert(
    fc.property(fc.uuid(), positions, fingerprints, (feed, position, fingerprint) => {
      const cursor = encodeCursor(feed, { position, fingerprint });
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(parseCursor(cursor, feed)).toEqual({ position, fingerprint });
    }),
  );
});

it('a cursor of the release before leads to its position, without a fingerprint', () => {
  const cursor = Buffer.from(`${FEED}:17`).toString('base64url');
  expect(parseCursor(cursor, FEED)).toEqual({ position: 17, fingerprint: null });
});

it('different positions have different cursors', () => {
  fc.assert(
    fc.property(positions, positions, (a, b) => {
      expect(encodeCursor(FEED, at(a)) === encodeCursor(FEED, at(b))).toBe(a === b);
      expect(encodeCursor(FEED, at(1, a)) === encodeCursor(FEED, at(1, b))).toBe((a | 0) === (b | 0));
    }),
  );
});

it('a cursor of another feed is INVALID_CURSOR', () => {
  fc.assert(
    fc.property(fc.uuid(), positions, (feed, position) => {
      fc.pre(feed !== FEED);
      expect(codeOf(() => parseCursor(encodeCursor(feed, at(position)), FEED))).toBe('INVALID_CURSOR');
    }),
  );
});

it('any other text is INVALID_CURSOR', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.string({ minLength: 10_000 }));
  fc.assert(
    fc.property(text, (cursor) => {
      expect(codeOf(() => parseCursor(cursor, FEED))).toBe('INVALID_CURSOR');
    }),
  );
});

it.each([
  ':1',
  `${FEED}:`,
  `${FEED}:-1`,
  `${FEED}:01`,
  `${FEED}:1.5`,
  `${FEED}:1e3`,
  `${FEED}: 1`,
  `${FEED}:99999999999999999`,
  `x${FEED}:1`,
  `${FEED}:1\n`,
  `${FEED}:1:`,
  `${FEED}:1:0123456`,
  `${FEED}:1:0123456G`,
  `${FEED}:1:012345678`,
])('the text %j in a cursor is INVALID_CURSOR', (text) => {
  const cursor = Buffer.from(text).toString('base64url');
  expect(codeOf(() => parseCursor(cursor, FEED))).toBe('INVALID_CURSOR');
});
