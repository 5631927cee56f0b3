// Folding: what is written differently and means the same is one word, in every database.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { toNfc } from '../../src/search/compose.ts';
import { foldAligned, foldLongText, foldName, foldText, wordsOf } from '../../src/search/fold.ts';

const words = (text: string): string[] => wordsOf(foldText(toNfc(text)));

it.each([
  ['Résumé', ['resume']],
  ['re\u0301sume\u0301', ['resume']],
  ['ÅNGSTRÖM', ['angstrom']],
  ['Straße, Œuvre; Łódź', ['strasse', 'oeuvre', 'lodz']],
  ['Ἑλλάς', ['ελλας']],
  ['Ещё чайник', ['ещё', 'чайник']],
  ['“typographic” quotes—and dashes…', ['typographic', 'quotes', 'and', 'dashes']],
  ['bob@example.com, report.pdf', ['bob', 'example', 'com', 'report', 'pdf']],
  ['o\u00adffice ﬁnance\u200bs', ['office', 'finances']],
  ['東京タワー2026', ['東', '京', 'タ', 'ワ', 'ー', '2026']],
  ['İstanbul', ['istanbul']],
  ['हिन्दी', ['हिन्दी']],
  ['a\0b \ud800c', ['a', 'b', 'c']],
  ['😀 <b>&amp;', ['b', 'amp']],
])('%j has the words %j', (text, expected) => {
  expect(words(text)).toEqual(expected);
});

it.each([
  ['Quarterly_Report-2026.pdf', 'quarterly report 2026 pdf'],
  ['quarterlyReport2026.PDF', 'quarterly report 2026 pdf'],
  ['HTTPServer.final(2).docx', 'http server final 2 docx'],
  ['Übersicht Käufe', 'ubersicht kaufe'],
])('a file named %j has the words %j', (name, expected) => {
  expect(foldName(name)).toBe(expected);
});

it('a long text is folded as a short one, also where it is divided', async () => {
  for (const shift of ['', 'x']) {
    const text = `${shift}${'𝐀é '.repeat(50_000)}`;
    expect(await foldLongText(text)).toBe(foldText(text));
  }
  expect(await foldLongText('')).toBe('');
});

it('every unit of folded text leads back to its character', () => {
  const text = 'Ein ﬁnales “Résumé” für Straße und 東京.';
  const { folded, starts, ends } = foldAligned(text);
  expect(folded).toBe(foldText(text));
  expect([starts.length, ends.length]).toEqual([folded.length, folded.length]);
  for (const [word, original] of [
    ['finales', 'ﬁnales'],
    ['resume', 'Résumé'],
    ['strasse', 'Straße'],
    ['京', '京'],
  ] as const) {
    const at = folded.indexOf(word);
    expect(text.slice(starts[at], ends[at + word.length - 1]), word).toBe(original);
  }
});

it('ASCII folds as other text does', () => {
  const text = `A "plan":\t0123456789 [@\`{ ~\u0000\u007f]`;
  const { folded, starts, ends } = foldAligned(text);
  const slow = foldAligned(`${text}é`);
  expect(`${folded}e`).toBe(slow.folded);
  expect(starts.slice(0, folded.length)).toEqual(slow.starts.slice(0, -1));
  expect(ends.slice(0, folded.length)).toEqual(slow.ends.slice(0, -1));
});

it('a text of all characters there are leaves nothing in memory', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heapUsed = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = heapUsed();
  for (let code = 0; code < 0x110000; code += 1) foldText(String.fromCodePoint(code));
  expect((heapUsed() - before) / 2 ** 20).toBeLessThan(20);
});
