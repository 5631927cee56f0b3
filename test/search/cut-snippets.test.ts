// Snippets: short pieces of the text as it is, and hits that a client can slice out of them.
import { expect, it } from 'vitest';
import { type Marked, cutSnippets } from '../../src/search/cut-snippets.ts';
import { foldAligned } from '../../src/search/fold.ts';

/** As PostgreSQL marks it. */
function mark(text: string, word: RegExp, at = 1): Marked {
  const folded = foldAligned(text);
  return { ...folded, at, text, marked: folded.folded.replaceAll(word, '\u{e000}$&\u{e001}') };
}

const sliced = (windows: readonly Marked[]): string[][] =>
  cutSnippets(windows).map(({ text, hits }) => hits.map(({ start, end }) => text.slice(start, end)));

it('hits are places in the text, also after emoji, accents and markup', () => {
  const text = '😀😀 <b>Das</b> Ergebnis: ein “Résumé”, noch ein re\u0301sume\u0301 & mehr.'.normalize('NFC');
  const [snippet] = cutSnippets([mark(text, /resume/g)]);
  expect(snippet!.text).toBe(text);
  expect(sliced([mark(text, /resume/g)])).toEqual([['Résumé', 'résumé']]);
});

it('a snippet has about thirty words, most of them after the first hit', () => {
  const words = Array.from({ length: 200 }, (_, at) => (at === 100 ? 'needle' : `word${at}`));
  const [snippet, ...others] = cutSnippets([mark(words.join(' '), /needle/g)]);
  expect(others).toEqual([]);
  expect(snippet!.text.split(' ')).toEqual(words.slice(92, 122));
});

it('there are at most three, those with the most hits, in the order of the text', () => {
  const filler = Array.from({ length: 40 }, () => 'x').join(' ');
  const text = ['needle', 'needle needle', 'needle', 'needle needle needle', 'needle needle']
    .map((part) => `${part} ${filler}`)
    .join(' ');
  expect(sliced([mark(text, /needle/g)]).map(({ length }) => length)).toEqual([2, 3, 2]);
});

it('windows that overlap show a place once', () => {
  const text = `${'x '.repeat(20)}needle ${'y '.repeat(20)}`;
  const windows = [mark(text, /needle/g), mark(text.slice(10), /needle/g, 11)];
  expect(sliced(windows)).toEqual([['needle']]);
});

it('without hits there are none, and none if the text came back changed', () => {
  expect(cutSnippets([mark('nothing here', /needle/g)])).toEqual([]);
  const changed = { ...mark('a needle', /needle/g), marked: 'another \u{e000}needle\u{e001}' };
  expect(cutSnippets([changed])).toEqual([]);
});
