// The kept counts are those that counting would give, at any moment: while files move, while deltas are folded, and when
// batches fail.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileReader } from '../../../src/lifecycle/reader.ts';
import { recountFiles } from '../../../src/lifecycle/recount.ts';
import { createLogger } from '../../../src/log.ts';
import { foldOnce } from '../../../src/lifecycle/periodic/counts.ts';
import { type Bench, bring, registration, removal, sending, startLifecycle } from '../../support/lifecycle.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await startLifecycle();
});
afterEach(() => bench.stop());

const counted = async (): Promise<Record<string, number>> => {
  const rows = await bench.database.query<{ state: string; n: number }>(
    `select state, count(*)::int as n from file where tenant = 'local' group by state`,
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
};

const kept = async (): Promise<Record<string, number>> => {
  const counts = await new FileReader(bench.orm).countByState('local');
  return Object.fromEntries([...counts].filter(([, files]) => files !== 0));
};

const deltas = async (): Promise<number> =>
  (await bench.database.query<{ n: number }>('select count(*)::int as n from file_count_delta'))[0]?.n ?? -1;

it('follow registrations, moves and deletions, and folding changes nothing', async () => {
  const { lifecycle, orm } = bench;
  const ids = await Promise.all(Array.from({ length: 30 }, () => bring(lifecycle)));
  await lifecycle.execute<'transition'>(ids.slice(0, 20).map((id) => sending(id, 'START_UPLOAD')));
  await lifecycle.execute<'transition'>(ids.slice(0, 5).map((id) => sending(id, 'FAIL_UPLOAD')));
  await lifecycle.execute<'remove'>([ids[0]!, ids[7]!, ids[29]!].map(removal));
  const expected = { UNTRACKED: 9, UPLOADING: 14, FAILED: 4 };
  expect(await counted()).toEqual(expected);
  expect(await kept()).toEqual(expected);
  expect(await foldOnce(orm, 2)).toBe(2);
  expect(await kept()).toEqual(expected);
  while ((await foldOnce(orm, 1_000)) > 0);
  expect(await deltas()).toBe(0);
  expect(await kept()).toEqual(expected);
});

it('are exact while many write and several fold at once', async () => {
  const { lifecycle, orm } = bench;
  const ids = await Promise.all(Array.from({ length: 60 }, () => bring(lifecycle)));
  const writing = new AbortController();
  const totals = new Set<number>();
  const folders = Array.from({ length: 3 }, async () => {
    while (!writing.signal.aborted) await foldOnce(orm, 5);
  });
  const watching = (async () => {
    // Nothing comes or goes meanwhile: whatever moves, and whoever folds, the sum is the same in each snapshot.
    while (!writing.signal.aborted) totals.add(Object.values(await kept()).reduce((sum, files) => sum + files, 0));
  })();
  await Promise.all(
    ids.map(async (id) => {
      for (const event of ['START_UPLOAD', 'FAIL_UPLOAD', 'RETRY', 'START_UPLOAD'] as const) {
        await lifecycle.executeOne(sending(id, event));
      }
    }),
  );
  writing.abort();
  await Promise.all([...folders, watching]);
  expect([...totals]).toEqual([60]);
  expect(await kept()).toEqual({ UPLOADING: 60 });
  expect(await kept()).toEqual(await counted());
});

it('do not know of what was refused or rolled back, nor twice of what cancels itself out', async () => {
  const { lifecycle, database } = bench;
  const id = await bring(lifecycle);
  await database.query(`alter table file add constraint poisoned check (name <> 'poison')`);
  const broken = await lifecycle.executeOne(registration({ name: 'poison' }));
  expect(broken?.outcome).toBe('failed');
  const before = await deltas();
  const circle = (['START_UPLOAD', 'FAIL_UPLOAD', 'RETRY', 'RESET'] as const).map((event) => sending(id, event));
  expect((await lifecycle.execute<'transition'>(circle)).map(({ outcome }) => outcome)).toEqual([
    'transitioned',
    'transitioned',
    'transitioned',
    'rejected',
  ]);
  expect(await deltas()).toBe(before);
  expect(await kept()).toEqual({ UNTRACKED: 1 });
});

it('say of a move where files came from, and are folded in both places', async () => {
  const { lifecycle, orm, database } = bench;
  const ids = await Promise.all(Array.from({ length: 6 }, () => bring(lifecycle)));
  while ((await foldOnce(orm, 1_000)) > 0);
  await lifecycle.execute<'transition'>(ids.slice(0, 5).map((id) => sending(id, 'START_UPLOAD')));
  await lifecycle.executeOne(removal(ids[5]!));
  const sums = `select from_state as "from", state, sum(files)::int as files from file_count_delta group by 1, 2 order by 3`;
  expect(await database.query(sums)).toEqual([
    { from: null, state: 'UNTRACKED', files: -1 },
    { from: 'UNTRACKED', state: 'UPLOADING', files: 5 },
  ]);
  expect(await kept()).toEqual({ UPLOADING: 5 });
  while ((await foldOnce(orm, 1_000)) > 0);
  expect(await kept()).toEqual({ UPLOADING: 5 });
});

it('are put right from the rows by a recount, while files move', async () => {
  const { lifecycle, orm, database } = bench;
  const ids = await Promise.all(Array.from({ length: 20 }, () => bring(lifecycle)));
  await foldOnce(orm, 1_000);
  await database.query(`update file_count set files = files + 3`);
  await database.query(`insert into file_count_delta (tenant, state, files) values ('local', 'INDEXED', -2)`);
  const log = createLogger('silent');
  const [corrections] = await Promise.all([
    recountFiles(orm, log),
    lifecycle.execute<'transition'>(ids.map((id) => sending(id, 'START_UPLOAD'))),
  ]);
  expect(corrections.toSorted((a, b) => a.files - b.files)).toEqual([
    { tenant: 'local', state: 'UNTRACKED', files: -3 },
    { tenant: 'local', state: 'INDEXED', files: 2 },
  ]);
  expect(await kept()).toEqual(await counted());
  expect(await recountFiles(orm, log)).toEqual([]);
});
