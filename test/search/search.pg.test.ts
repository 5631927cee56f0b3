// What is found: words in any language, phrases, names, and nothing of anybody else's.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SearchFilter } from '../../src/lifecycle/file-search.ts';
import { type FoundBound, FileSearch } from '../../src/search/search.ts';
import { type Bench, bring, startLifecycle } from '../support/lifecycle.ts';
import { TO_PROCESSING, index } from '../support/texts.ts';

const ALL: SearchFilter = {
  states: null,
  nameContains: null,
  metadata: null,
  contentTypes: null,
  createdAfter: null,
  createdBefore: null,
};

const ENGLISH =
  'The annual reports were written by the people of the house, and nobody was asked for an opinion of them.';
const GERMAN =
  'Die Häuser der Straße wurden nicht verkauft, und es ist auch nicht bekannt, ob sich das noch ändern wird. Reports!';
const FRENCH =
  'Le résumé de la réunion a été écrit par une personne qui ne voulait pas être dans la liste des auteurs.';
const RUSSIAN =
  'Отчёты были написаны после совещания, и в них не было ничего нового о том, что это такое и как это было.';
const JAPANESE = '東京タワーは東京都港区にある総合電波塔である。';

let bench: Bench;
let search: FileSearch;
const ids: Record<string, string> = {};

beforeAll(async () => {
  bench = await startLifecycle();
  search = new FileSearch(bench.orm);
  const put = async (key: string, file: Parameters<typeof index>[1]): Promise<void> => {
    ids[key] = await index(bench, file);
  };
  await put('english', { text: ENGLISH, name: 'one.txt', contentType: 'text/plain' });
  await put('german', { text: GERMAN, name: 'zwei.txt', contentType: 'text/html' });
  await put('french', { text: FRENCH, name: 'trois.txt' });
  await put('russian', { text: RUSSIAN, name: 'четыре.txt' });
  await put('japanese', { text: JAPANESE, name: 'five.txt' });
  await put('image', { name: 'Quarterly_Report-2026.pdf' });
  await put('export', { name: 'party.jpg', text: '' });
  await put('foreign', { text: ENGLISH, name: 'annual report.txt', tenant: 'other' });
  ids['processing'] = await bring(bench.lifecycle, TO_PROCESSING, { name: 'annual reports to come' });
});
afterAll(() => bench.stop());

async function find(query: string, filter: Partial<SearchFilter> = {}, tenant = 'local'): Promise<string[]> {
  const found = await search.find(tenant, query, { ...ALL, ...filter }, { after: null, limit: 50 });
  return found.map(({ id }) => Object.keys(ids).find((key) => ids[key] === id)!);
}

describe('a word is found', () => {
  it.each([
    ['report', ['english', 'german', 'image']],
    ['reporting', ['english']],
    ['haus', ['german']],
    ['HÄUSER', ['german']],
    ['strasse', ['german']],
    ['resume', ['french']],
    ['Résumé', ['french']],
    ['отчёт', ['russian']],
    ['СОВЕЩАНИЕ', ['russian']],
    ['東京', ['japanese']],
    ['京都', ['japanese']],
    ['nothing', []],
    ['the', []],
  ])('in the language of its text: %s', async (query, expected) => {
    expect((await find(query)).toSorted()).toEqual(expected.toSorted());
  });

  it.each([
    ['annual opinion', ['english']],
    ['annual haus', []],
    ['annual or haus', ['english', 'german']],
    ['"annual report"', ['english']],
    ['"report annual"', []],
    ['reports -annual', ['german']],
    ['reports -strassen', ['english']],
    ['reports -"annual reports"', ['german']],
  ])('together with others: %s', async (query, expected) => {
    expect((await find(query)).toSorted()).toEqual(expected.toSorted());
  });
});

describe('a name is found', () => {
  it.each([
    ['quarterly', ['image']],
    ['Quarterly_Report-2026.pdf', ['image']],
    ['report 2026', ['image']],
    ['quart', ['image']],
    ['"quarterly report"', ['image']],
    ['quarterly -2026', []],
    ['party', ['export']],
    ['zwei', ['german']],
    ['four or trois', ['french']],
    ['annual one', ['english']],
    ['100%_', []],
  ])('by its words, and by parts of them: %s', async (query, expected) => {
    expect(await find(query)).toEqual(expected);
  });

  it('by a whole word before a part of one', async () => {
    const [whole, part] = [await index(bench, { name: 'art.png' }), await index(bench, { name: 'starter.png' })];
    const found = await search.find('local', 'art', ALL, { after: null, limit: 50 });
    expect(found.map(({ id }) => id)).toEqual([whole, part, ids['export'], ids['image']]);
    expect(found.map(({ rank }) => rank)).toEqual(found.map(({ rank }) => rank).toSorted((a, b) => b - a));
  });

  it('also where the database has no index of names', async () => {
    await bench.database.query('drop index if exists file_attributes_name_trgm');
    expect(await find('quarterly')).toEqual(['image']);
  });
});

it('nothing of another tenant is found, nor counts', async () => {
  expect(await find('annual')).toEqual(['english']);
  expect(await find('annual', {}, 'other')).toEqual(['foreign']);
  expect(await find('haus', {}, 'other')).toEqual([]);
  expect(await find('annual', {}, 'nobody')).toEqual([]);
});

it('filters narrow what is found', async () => {
  expect(await find('reports', { contentTypes: ['text/plain'] })).toEqual(['english']);
  expect(await find('reports', { contentTypes: [] })).toEqual([]);
  expect(await find('reports', { nameContains: 'ZWEI' })).toEqual(['german']);
  expect(await find('reports', { states: ['FAILED', 'PROCESSING'] })).toEqual([]);
  expect((await find('reports', { states: ['FAILED', 'INDEXED'] })).toSorted()).toEqual(['english', 'german']);
  const [{ created_at: later } = { created_at: new Date() }] = await bench.database.query<{ created_at: Date }>(
    'select created_at from file where id = $1',
    [ids['german']],
  );
  expect(await find('reports', { createdAfter: later.toISOString() })).toEqual(['german']);
  expect(await find('reports', { createdBefore: later.toISOString() })).toEqual(['english']);
  expect(await find('quarterly', { createdBefore: later.toISOString() })).toEqual([]);
});

it('pages have every file once and in one order, also among equal ranks', async () => {
  for (let at = 0; at < 12; at += 1) {
    await index(bench, {
      text: at % 3 === 0 ? 'zebra zebra' : 'zebra crossing',
      name: `page ${at}`,
      language: 'english',
    });
  }
  const whole = await search.find('local', 'zebra', ALL, { after: null, limit: 50 });
  expect(whole).toHaveLength(12);
  const paged: string[] = [];
  for (let after: FoundBound | null = null; ;) {
    const page = await search.find('local', 'zebra', ALL, { after, limit: 5 });
    paged.push(...page.map(({ id }) => id));
    if (page.length < 5) break;
    after = page.at(-1)!;
  }
  expect(paged).toEqual(whole.map(({ id }) => id));
});

it('what is in many texts of many is found in the newest, and is the same', async () => {
  const rare = await find('zebra or haus or resume');
  await bench.database.query(`insert into file_count (tenant, state, files) values ('local', 'INDEXED', 1e9)
    on conflict (tenant, state) do update set files = 1e9`);
  expect(await find('zebra or haus or resume')).toEqual(rare);
  const filter = { createdAfter: '2020-01-01T00:00:00.000Z' };
  expect(await find('zebra or haus or resume', filter)).toEqual(rare);
});

it('a language that the database has no longer is read as it is written', async () => {
  await bench.database.query(`update file_text set language = 'gone' where file_id = $1`, [ids['japanese']]);
  expect(await find('東京')).toEqual(['japanese']);
});
