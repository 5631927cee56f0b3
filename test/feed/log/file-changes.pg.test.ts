// Streams of a few files read just these, and get what they would have got page by page.
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LoggedChange } from '../../../src/feed/change.ts';
import { type FileAnswer, FileChanges, type FileQuestion } from '../../../src/feed/log/file-changes.ts';
import { sequenceBatch } from '../../../src/feed/log/sequencer.ts';
import { placeOf } from '../../../src/feed/place.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { fileIdOf, insertChange, readAll } from '../../support/feed.ts';
import { openPool } from '../../support/pool.ts';

const FILES = 12;
const VERSIONS = 5;
/** Has more changes than are read at once. */
const BUSY = 99;

let database: TestDatabase;
let pool: pg.Pool;
let all: LoggedChange[];
let files: FileChanges;
beforeAll(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 4);
  for (let version = 0; version < VERSIONS; version += 1) {
    for (let file = 0; file < FILES; file += 1) await insertChange(pool, file, version);
    await insertChange(pool, BUSY, version * 50, version * 50 + 49);
  }
  while ((await sequenceBatch(pool)).count > 0);
  all = await readAll(pool);
  files = new FileChanges(pool);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const ask = (after: LoggedChange, fileIds: string[], more: Partial<FileQuestion> = {}): Promise<FileAnswer | null> =>
  files.read({ tenant: 'local', after: placeOf(after), fileIds, ...more });

it('every stream gets the changes of its files after its place, and the head of the log', async () => {
  const questions = all
    .filter((_, at) => at % 3 === 0)
    .map((after, at) => ({ after, of: [at % FILES, (at * 5) % FILES] }));
  const answers = await Promise.all(questions.map(({ after, of }) => ask(after, [...new Set(of.map(fileIdOf))])));
  for (const [at, { after, of }] of questions.entries()) {
    const ids = new Set(of.map(fileIdOf));
    const expected = all.filter(({ position, fileId }) => position > after.position && ids.has(fileId));
    expect(answers[at]).toEqual({ changes: expected, upTo: placeOf(all.at(-1)!) });
  }
});

it('a file without changes, and one of another tenant, have none', async () => {
  const [first] = all as [LoggedChange];
  const none = { changes: [], upTo: placeOf(all.at(-1)!) };
  expect(await ask(first, [fileIdOf(500)])).toEqual(none);
  expect(await ask(first, [fileIdOf(1)], { tenant: 'another' })).toEqual(none);
});

it('too many changes, and a place of another log or of none, are left to pages', async () => {
  const [first] = all as [LoggedChange];
  expect(await ask(first, [fileIdOf(BUSY)])).toBeNull();
  expect(await ask({ ...first, fingerprint: first.fingerprint ^ 1 }, [fileIdOf(1)])).toBeNull();
  expect(await ask({ ...first, position: 1e6 }, [fileIdOf(1)])).toBeNull();
  expect(await ask(first, [])).toBeNull();
  expect((await ask(all.at(-30)!, [fileIdOf(BUSY)]))?.changes.length).toBeGreaterThan(0);
});
