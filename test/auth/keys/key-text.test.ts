// The text of API keys.
import { expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { digestOf, idOfKey, isKeyOf, looksLikeKey, makeKey } from '../../../src/auth/keys/key-text.ts';

it('carries the id of its row, and a secret that is never the same', () => {
  const id = uuidv7();
  const keys = Array.from({ length: 100 }, () => makeKey(id));
  expect(new Set(keys).size).toBe(100);
  for (const key of keys) {
    expect(key).toMatch(/^wbk_[0-9a-f]{32}_[\w-]{43}$/);
    expect(idOfKey(key)).toBe(id);
    expect(looksLikeKey(key)).toBe(true);
  }
});

it.each(['', 'wbk_', 'wbk_x', 'eyJhbGciOiJIUzI1NiJ9.e30.x'])('%j has none', (text) => {
  expect(idOfKey(text)).toBeNull();
});

it('one character more, less or other is another key, also where base64 has bits to spare', () => {
  const key = makeKey(uuidv7());
  const digest = digestOf(key);
  expect(isKeyOf(key, digest)).toBe(true);
  expect(isKeyOf(key, null)).toBe(false);
  const others = Array.from(
    key,
    (letter, at) => `${key.slice(0, at)}${letter === 'a' ? 'b' : 'a'}${key.slice(at + 1)}`,
  );
  for (const other of [...others, `${key}=`, `${key}a`, key.slice(0, -1), key.toUpperCase()]) {
    expect(isKeyOf(other, digest), other).toBe(false);
  }
});
