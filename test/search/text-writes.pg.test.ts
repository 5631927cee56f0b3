// The text of a file is found from the commit that makes the file INDEXED until the one that takes it out.
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transact } from '../../src/db/transact.ts';
import { snapshotOf } from '../../src/entities/file-snapshot.ts';
import { File } from '../../src/entities/file.ts';
import { BatchWrites } from '../../src/lifecycle/batch/writes.ts';
import { FileSearch } from '../../src/search/search.ts';
import { stageText } from '../../src/search/stage-text.ts';
import { removeUnused } from '../../src/search/sweep.ts';
import { type Bench, PATIENT, bring, removal, sending, startLifecycle } from '../support/lifecycle.ts';
import { TO_PROCESSING, index } from '../support/texts.ts';

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

const find = async (query: string): Promise<string[]> =>
  (await search.find('local', query, ALL, { after: null, limit: 50 })).map(({ id }) => id);

interface TextRow extends Record<string, unknown> {
  readonly token: string;
  readonly text: string;
  readonly indexed: boolean;
}

const rowsOf = (fileId: string): Promise<TextRow[]> =>
  bench.database.query<TextRow>('select token, text, indexed from file_text where file_id = $1 order by token', [
    fileId,
  ]);

/** By the worker that has the lease of this token from now on. */
async function stage(fileId: string, token: string, text: string): Promise<boolean> {
  const lease = `update file set processing = jsonb_set(processing, '{token}', to_jsonb($2::text)) where id = $1`;
  await bench.database.query(lease, [fileId, token]);
  return await stageText({ orm: bench.orm, language: 'english' }, { tenant: 'local', fileId, token, text });
}

/** A batch of one file, with what its decider does to it. */
async function writeBatch(fileId: string, decide: (file: File, writes: BatchWrites) => void): Promise<void> {
  await transact(bench.orm, PATIENT, async (transaction) => {
    const file = await transaction.em.findOneOrFail(File, fileId);
    const plain = { ...file } as File;
    const writes = new BatchWrites([plain]);
    decide(plain, writes);
    writes.send(transaction);
    expect(snapshotOf(plain).id).toBe(fileId);
  });
}

const complete =
  (token: string) =>
  (file: File, writes: BatchWrites): void => {
    file.state = 'INDEXED';
    file.version += 1;
    file.processing = file.queue = file.claimableAt = null;
    writes.texts.follow(file, token);
  };

it('what is staged becomes live with its file, and what others staged goes', async () => {
  const fileId = await bring(bench.lifecycle, TO_PROCESSING);
  const [mine, theirs] = [uuidv7(), uuidv7()];
  expect(await stage(fileId, theirs, 'half a capybara')).toBe(true);
  expect(await stage(fileId, mine, 'the capybara report')).toBe(true);
  expect(await find('capybara')).toEqual([]);
  await writeBatch(fileId, complete(mine));
  expect(await find('capybara')).toEqual([fileId]);
  expect(await rowsOf(fileId)).toEqual([{ token: mine, text: 'the capybara report', indexed: true }]);
});

it('a batch that is rolled back leaves what is staged as it was', async () => {
  const fileId = await bring(bench.lifecycle, TO_PROCESSING);
  const token = uuidv7();
  await stage(fileId, token, 'a wombat');
  const crash = writeBatch(fileId, (file, writes) => {
    complete(token)(file, writes);
    file.bytesReceived = -1; // a CHECK refuses it
  });
  await expect(crash).rejects.toThrow('file_bytes_received_check');
  expect(await rowsOf(fileId)).toMatchObject([{ indexed: false }]);
  expect(await find('wombat')).toEqual([]);
});

it.each(['RESET', 'FAIL_RESET'] as const)('%s takes the file out in its own commit', async (event) => {
  const fileId = await index(bench, { text: `a pangolin before ${event}` });
  expect(await find('pangolin')).toEqual([fileId]);
  await bench.lifecycle.executeOne(sending(fileId, event));
  expect(await find('pangolin')).toEqual([]);
  expect(await rowsOf(fileId)).toEqual([]);
});

it('a file that leaves INDEXED and comes back in one batch has lost its text', async () => {
  const fileId = await index(bench, { text: 'an axolotl' });
  await bench.lifecycle.execute([
    sending(fileId, 'RESET'),
    ...[...TO_PROCESSING, 'COMPLETE_PROCESSING' as const].map((event) => sending(fileId, event)),
  ]);
  expect(await bench.database.query('select state from file where id = $1', [fileId])).toEqual([{ state: 'INDEXED' }]);
  expect(await find('axolotl')).toEqual([]);
  expect(await rowsOf(fileId)).toEqual([]);
});

it('a file that a batch completes and resets at once has no text', async () => {
  const fileId = await bring(bench.lifecycle, TO_PROCESSING);
  const token = uuidv7();
  await stage(fileId, token, 'a numbat');
  await writeBatch(fileId, (file, writes) => {
    complete(token)(file, writes);
    file.state = 'UNTRACKED';
    file.version += 1;
    writes.texts.follow(file, null);
  });
  expect(await find('numbat')).toEqual([]);
});

it('a deleted file takes its text with it', async () => {
  const fileId = await index(bench, { text: 'an echidna' });
  expect(await find('echidna')).toEqual([fileId]);
  await bench.lifecycle.executeOne(removal(fileId));
  expect(await find('echidna')).toEqual([]);
  expect(await rowsOf(fileId)).toEqual([]);
});

it('a commit that makes a text live changes no index', async () => {
  const fileId = await bring(bench.lifecycle, TO_PROCESSING);
  const token = uuidv7();
  await stage(fileId, token, 'a quoll');
  const HOT = `select n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'file_text'`;
  const flush = 'select pg_stat_force_next_flush()';
  const before = (await bench.database.query<{ hot: number }>(HOT))[0]!.hot;
  await writeBatch(fileId, complete(token));
  await bench.orm.em.fork().execute(flush);
  await expect
    .poll(async () => (await bench.database.query<{ hot: number }>(HOT))[0]!.hot, { timeout: 30_000 })
    .toBeGreaterThan(before);
});

it('nothing is staged for a file of another tenant or state, under another lease, or that is live already', async () => {
  const uploading = await bring(bench.lifecycle, ['START_UPLOAD']);
  expect(await stage(uploading, uuidv7(), 'too early')).toBe(false);
  expect(await stage(uuidv7(), uuidv7(), 'nobody')).toBe(false);
  const processing = await bring(bench.lifecycle, TO_PROCESSING);
  const stageAs = (tenant: string, token: string): Promise<boolean> =>
    stageText({ orm: bench.orm, language: 'english' }, { tenant, fileId: processing, token, text: 'not mine' });
  const token = uuidv7();
  await stage(processing, token, 'first');
  expect([await stageAs('other', token), await stageAs('local', uuidv7())]).toEqual([false, false]);
  expect(await stage(processing, token, 'second')).toBe(true);
  expect(await rowsOf(processing)).toMatchObject([{ text: 'second' }]);
  await writeBatch(processing, complete(token));
  expect(await stage(processing, token, 'too late')).toBe(false);
  expect(await rowsOf(processing)).toMatchObject([{ text: 'second', indexed: true }]);
});

it('texts that were never used are swept once they are a day old or their file has moved on; others stay', async () => {
  const { database, lifecycle, orm } = bench;
  const [old, failed, young] = [
    await bring(lifecycle, TO_PROCESSING),
    await bring(lifecycle, TO_PROCESSING),
    await bring(lifecycle, TO_PROCESSING),
  ];
  for (const fileId of [old, failed, young]) await stage(fileId, uuidv7(), 'left behind');
  const live = await index(bench, { text: 'lives on' });
  await lifecycle.executeOne(sending(failed, 'FAIL_PROCESSING'));
  await database.query(`update file_text set created_at = now() - interval '2 days' where file_id = any($1)`, [
    [old, live],
  ]);
  await database.query(`update file_text set created_at = now() - interval '10 minutes' where file_id = any($1)`, [
    [failed, young],
  ]);
  await removeUnused(orm);
  const left = await Promise.all([old, failed, young, live].map(rowsOf));
  expect(left.map(({ length }) => length)).toEqual([0, 0, 1, 1]);
});
