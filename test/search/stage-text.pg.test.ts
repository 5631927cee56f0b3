// Texts as files have them: too long, too many words, broken. All of them are taken, as far as they can be.
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FileSearch } from '../../src/search/search.ts';
import { stageText } from '../../src/search/stage-text.ts';
import { type Bench, bring, startLifecycle } from '../support/lifecycle.ts';
import { TO_PROCESSING, index } from '../support/texts.ts';

const ALL = {
  states: null,
  nameContains: null,
  metadata: null,
  contentTypes: null,
  createdAfter: null,
  createdBefore: null,
};
const MIB = 2 ** 20;

let bench: Bench;
let search: FileSearch;
beforeAll(async () => {
  bench = await startLifecycle();
  search = new FileSearch(bench.orm);
});
afterAll(() => bench.stop());

const textOf = async (fileId: string): Promise<string> =>
  (await bench.database.query<{ text: string }>('select text from file_text where file_id = $1', [fileId]))[0]!.text;

const finds = async (query: string, fileId: string): Promise<boolean> =>
  (await search.find('local', query, ALL, { after: null, limit: 50 })).some(({ id }) => id === fileId);

it('what is longer than 1 MiB of UTF-8 is cut between two characters', async () => {
  const fileId = await index(bench, { text: `early ${'é😀 '.repeat(MIB / 4)} late` });
  const text = await textOf(fileId);
  const bytes = Buffer.byteLength(text);
  expect(bytes).toBeGreaterThan(MIB - 4);
  expect(bytes).toBeLessThanOrEqual(MIB);
  expect(text.isWellFormed()).toBe(true);
  expect(await finds('early', fileId)).toBe(true);
});

it('a text of more different words than PostgreSQL takes is found by those of its beginning', async () => {
  const words = Array.from({ length: 150_000 }, (_, at) => (at * 7_919 + 1_000_003).toString(36));
  const fileId = await index(bench, { text: words.join(' ') });
  expect(await finds(words[10]!, fileId)).toBe(true);
  expect(await finds(words[20_000]!, fileId)).toBe(true);
  expect((await textOf(fileId)).length).toBeGreaterThan(900_000);
});

it('NUL, half a surrogate pair and a line without spaces are taken', async () => {
  const fileId = await index(bench, { text: `kestrel\0falcon \ud83d ${'x'.repeat(5_000)} osprey` });
  for (const word of ['kestrel', 'falcon', 'osprey']) expect(await finds(word, fileId), word).toBe(true);
  expect(await textOf(fileId)).toMatch(/^kestrel falcon \ufffd x/);
});

it('a file with an empty text is found by its name', async () => {
  const fileId = await index(bench, { text: '', name: 'emptyMerganser_2.txt' });
  expect(await finds('merganser', fileId)).toBe(true);
});

it('the language that is set holds, whatever the text looks like', async () => {
  const text = 'The reports were written by all of them, and this is what they said.';
  const simple = await index(bench, { text: `${text} grebes`, language: 'simple' });
  const detected = await index(bench, { text: `${text} grebes` });
  expect([await finds('grebe', simple), await finds('grebe', detected)]).toEqual([false, true]);
});

it('a file that is deleted while its text is staged ends it without an error that is not its own', async () => {
  const fileId = await bring(bench.lifecycle, TO_PROCESSING);
  await bench.database.query('delete from file where id = $1', [fileId]);
  const staged = { tenant: 'local', fileId, token: uuidv7(), text: 'gone' };
  expect(await stageText({ orm: bench.orm, language: 'auto' }, staged)).toBe(false);
});

it('without the lease nothing is done with the text', async () => {
  const fileId = await bring(bench.lifecycle, TO_PROCESSING);
  let isRead = false;
  const staged = {
    tenant: 'local',
    fileId,
    token: uuidv7(),
    get text(): string {
      isRead = true;
      return 'not mine';
    },
  };
  expect(await stageText({ orm: bench.orm, language: 'auto' }, staged)).toBe(false);
  expect(isRead).toBe(false);
});

it('a text of nothing but marks in a row is taken as fast as others', async () => {
  const fileId = await index(bench, { text: `kestrel a${'\u0301\u0316'.repeat(MIB / 4)} osprey` });
  for (const word of ['kestrel', 'osprey']) expect(await finds(word, fileId), word).toBe(true);
  expect((await textOf(fileId)).length).toBeLessThan(100);
});
