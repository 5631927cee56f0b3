// What is sealed can be opened by whoever has the same key of the same database, and by nobody else.
import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Seal } from '../../../src/feed/notify/seal.ts';

const KEY = createSecretKey(Buffer.alloc(32, 1));
const sealOf = (key = KEY, database = 'this one'): Seal => new Seal('a feed', key, database);

it('is opened by another replica, whatever the text, and hides it', () => {
  const [sender, receiver] = [sealOf(), sealOf()];
  expect(sender.isSame(receiver)).toBe(true);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 8 }), (text) => {
      const sealed = sender.close('feed', Buffer.from(text));
      expect(receiver.open('feed', sealed)).toBe(text);
      expect(sealed.includes(Buffer.from(text))).toBe(false);
    }),
  );
  expect(receiver.open('feed', sender.close('feed', Buffer.alloc(0)))).toBe('');
});

it('is not opened with another key, for another database, or as another kind of message', () => {
  const sealed = sealOf().close('feed', Buffer.from('text'));
  for (const other of [sealOf(createSecretKey(Buffer.alloc(32, 2))), sealOf(KEY, 'a copy')]) {
    expect(other.isSame(sealOf())).toBe(false);
    expect(other.open('feed', sealed)).toBeNull();
  }
  expect(sealOf().open('progress', sealed)).toBeNull();
});

it('is not opened when a bit of it was changed, or a part is missing', () => {
  const receiver = sealOf();
  const sealed = sealOf().close('feed', Buffer.from('text'));
  for (let at = 0; at < 8 * sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at >> 3]! ^= 1 << (at & 7);
    expect(receiver.open('feed', changed)).toBeNull();
  }
  for (let length = 0; length < sealed.length; length += 1)
    expect(receiver.open('feed', sealed.subarray(0, length))).toBeNull();
  expect(receiver.open('feed', sealed)).toBe('text');
});

it('is never the same twice, from one sender or from two', () => {
  const [one, two] = [sealOf(), sealOf()];
  const sealed = [one, one, two, two].map((seal) => seal.close('feed', Buffer.from('text')).toString('hex'));
  expect(new Set(sealed.map((hex) => hex.slice(2 * 22))).size).toBe(4);
});

it('is opened from more senders than it remembers', () => {
  const receiver = sealOf();
  for (let sender = 0; sender < 2_500; sender += 1)
    expect(receiver.open('feed', sealOf().close('feed', Buffer.from('text')))).toBe('text');
});
