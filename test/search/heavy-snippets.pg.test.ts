// Pages of texts that are as long as texts may be, and of texts made to be slow to look through.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FoundFile, FileSearch } from '../../src/search/search.ts';
import { type Bench, startLifecycle } from '../support/lifecycle.ts';
import { fillTexts, index } from '../support/texts.ts';

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

const find = (tenant: string, query: string, files: number): Promise<FoundFile[]> =>
  search.find(tenant, query, ALL, { after: null, limit: files, snippetsOf: files });

it('the first of very many hits is found without the others', async () => {
  const files = 40;
  await fillTexts(bench, { tenant: 'repetitive', files, words: 'big big big', text: "repeat('big ', 262144)" });
  const found = await find('repetitive', '"big big big"', files);
  expect(found).toHaveLength(files);
  expect(found.filter(({ snippets }) => snippets.length === 0)).toEqual([]);
});

it('a page whose texts take too long to look through comes without the rest of its snippets', async () => {
  const files = 400;
  await fillTexts(bench, { tenant: 'slow', files, words: 'walrus tapir ocelot', text: "repeat('ipsum ', 174762)" });
  expect(await find('slow', 'walrus tapir ocelot', files)).toHaveLength(files);
});

it.each([
  ['at the beginning', 10],
  ['far into the text', 5_000],
])('a hit %s is not taken for a word before it that only contains it', async (where, words) => {
  await index(bench, { text: `${'smart '.repeat(words)} of art`, tenant: where, language: 'english' });
  const [found] = await find(where, 'art', 1);
  const hits = found!.snippets.flatMap((each) => each.hits.map(({ start, end }) => each.text.slice(start, end)));
  expect(hits).toEqual(['art']);
});
