// Snippets of real texts: each hit is a word of the text, whatever surrounds it, wherever it stands.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Snippet } from '../../src/search/cut-snippets.ts';
import { FileSearch } from '../../src/search/search.ts';
import { type Bench, sending, startLifecycle } from '../support/lifecycle.ts';
import { index } from '../support/texts.ts';

const ALL = {
  states: null,
  nameContains: null,
  metadata: null,
  contentTypes: null,
  createdAfter: null,
  createdBefore: null,
};

let bench: Bench;
let search: FileSearch;
beforeAll(async () => {
  bench = await startLifecycle();
  search = new FileSearch(bench.orm);
});
afterAll(() => bench.stop());

async function snippetsOf(query: string, tenant = 'local'): Promise<readonly Snippet[]> {
  const [found] = await search.find(tenant, query, ALL, { after: null, limit: 1, snippetsOf: 1 });
  return found!.snippets;
}

const slices = (snippets: readonly Snippet[]): string[] =>
  snippets.flatMap(({ text, hits }) => hits.map(({ start, end }) => text.slice(start, end)));

it.each([
  ['english', 'reporting', 'Nobody 😀 has read the <b>Reports</b>, or "reported" them.', ['Reports', 'reported']],
  ['german', 'hauser', 'Vor dem Haus – zwei „Häuser“ weiter – stehen die Häuser.', ['Haus', 'Häuser', 'Häuser']],
  ['french', 'resume', 'Un Résumé, puis des résumés & un re\u0301sume\u0301.', ['Résumé', 'résumés', 'résumé']],
  ['russian', 'отчет', 'ОТЧЕТ, отчета и отчеты.', ['ОТЧЕТ', 'отчета', 'отчеты']],
  ['simple', '東京', '私は東京に住んでいます。', ['東', '京']],
  ['simple', 'strasse', 'Die Straße STRASSE', ['Straße', 'STRASSE']],
  ['english', '"big plan" or thing', 'A plan, a big plan.', ['plan', 'big', 'plan']],
])('in a text that is %s, for %s', async (language, query, text, expected) => {
  await index(bench, { text, language, tenant: `${language} ${query}` });
  expect(slices(await snippetsOf(query, `${language} ${query}`))).toEqual(expected);
});

it('marks of its own in the text are text', async () => {
  await index(bench, { text: 'before \u{e000}kiwi\u{e001} after \u{e001} kiwi', tenant: 'marks', language: 'english' });
  const snippets = await snippetsOf('kiwi', 'marks');
  expect(snippets.map(({ text }) => text)).toEqual(['before \u{e000}kiwi\u{e001} after \u{e001} kiwi']);
  expect(slices(snippets)).toEqual(['kiwi', 'kiwi']);
});

it('at the end of a text of 1 MiB, with the words of the query far from each other', async () => {
  const filler = 'lorem ipsum dolor sit amet '.repeat(18_000);
  const text = `${filler} the éléphant ${filler} and the walruses`;
  await index(bench, { text, tenant: 'long', language: 'english' });
  const snippets = await snippetsOf('elephants walrus', 'long');
  expect(slices(snippets)).toEqual(['éléphant', 'walruses']);
  for (const { text: piece } of snippets) {
    expect(text).toContain(piece);
    expect(piece.split(' ').length).toBeLessThanOrEqual(40);
  }
});

it('for a phrase as long as a query may be, and a word of 300 letters', async () => {
  const phrase = Array.from({ length: 250 }, (_, at) => `w${at % 10}e`).join(' ');
  const word = 'é'.repeat(300);
  await index(bench, { text: `before ${phrase} between ${word} after`, tenant: 'hostile', language: 'simple' });
  expect((await snippetsOf(`"${phrase}"`, 'hostile')).length).toBeGreaterThan(0);
  expect(slices(await snippetsOf(word, 'hostile'))).toEqual([word]);
  expect(slices(await snippetsOf('between '.repeat(120), 'hostile'))).toContain('between');
});

it('there are none of a file that has lost its text, nor of another tenant', async () => {
  const id = await index(bench, { text: 'an ocelot', name: 'ocelot.txt', tenant: 'gone' });
  // By its name it is found without its text.
  const read = async (tenant: string): Promise<readonly Snippet[]> =>
    (await search.find(tenant, 'ocelot', ALL, { after: null, limit: 9, snippetsOf: 9 })).flatMap(
      (found) => found.snippets,
    );
  expect(slices(await read('gone'))).toEqual(['ocelot']);
  expect(await read('other')).toEqual([]);
  await bench.database.query('update file_text set indexed = false where file_id = $1', [id]);
  expect(await read('gone')).toEqual([]);
  await bench.lifecycle.executeOne(sending(id, 'RESET', { tenant: 'gone' }));
  expect(await read('gone')).toEqual([]);
});

it('they are read of as many files as asked for', async () => {
  for (let at = 0; at < 3; at += 1) await index(bench, { text: `margay ${at}`, tenant: 'some' });
  const found = await search.find('some', 'margay', ALL, { after: null, limit: 3, snippetsOf: 2 });
  expect(found.map(({ snippets }) => snippets.length)).toEqual([1, 1, 0]);
});
