// Composing accents: hostile runs of marks cost no more than other text, and long texts are composed in turns.
import { expect, it } from 'vitest';
import { toNfc, toNfcInTurns } from '../../src/search/compose.ts';

/** Each of these marks belongs before the other, so that composing has to put a run of them in order. */
const marks = (count: number): string => '\u0301\u0316'.repeat(count / 2);
const LONG = 2 ** 20;

it('of a run of marks thirty stay, and the text behind it', async () => {
  const text = `a${marks(2 ** 17)} kestrel`;
  const composed = await toNfcInTurns(text);
  expect(composed).toMatch(/^\u00e1\p{M}{29} kestrel$/u);
  expect(toNfc(`x${marks(1_000)}y`)).toMatch(/^x\p{M}{30}y$/u);
});

it.each([`a${marks(30)}`, 'a\u0308\u0301'.normalize('NFC') + marks(28), 'हिन्दी', 'e\u0301\u0316\u0302'])(
  'marks that a writing needs stay: %j',
  (text) => {
    expect(toNfc(text)).toBe(text.normalize('NFC'));
  },
);

it('a long text is composed as a short one, also where it is divided', async () => {
  for (const character of ['e\u0301', '\u1112\u1161\u11ab', '\u{1d400}', 'ab']) {
    for (const shift of ['', 'x', 'xy']) {
      const text = shift + character.repeat(20_000);
      expect((await toNfcInTurns(text)) === text.normalize('NFC'), character).toBe(true);
    }
  }
  expect(await toNfcInTurns('')).toBe('');
});

it('others have turns while a long text is composed, whatever it is made of', async () => {
  for (const text of ['word '.repeat(LONG / 5), marks(LONG), '\u{1d400}'.repeat(LONG / 2)]) {
    let turns = 0;
    let next = setImmediate(function count() {
      turns += 1;
      next = setImmediate(count);
    });
    await toNfcInTurns(text);
    clearImmediate(next);
    expect(turns).toBeGreaterThan(50);
  }
});
