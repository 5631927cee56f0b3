// Quotas are exact: over several replicas, with replays, in bulk, and whatever is deleted or fails.
import { v7 as uuidv7 } from 'uuid';
import { afterEach, expect, it } from 'vitest';
import { NO_QUOTAS, type Quotas } from '../../src/lifecycle/usage.ts';
import type { RegisterCommand } from '../../src/lifecycle/commands.ts';
import { FileReader } from '../../src/lifecycle/reader.ts';
import { recountFiles } from '../../src/lifecycle/recount.ts';
import { foldBytesOnce, foldOnce } from '../../src/lifecycle/periodic/counts.ts';
import { createLogger } from '../../src/log.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import {
  type Bench,
  PATIENT,
  bring,
  existsLock,
  registration,
  removal,
  sending,
  startLifecycle,
  untilTrue,
} from '../support/lifecycle.ts';
import { resetCosts } from '../support/statement-costs.ts';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function openDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  opened.push(() => database.drop());
  return database;
}

type More = Parameters<typeof startLifecycle>[0];

async function start(quotas: Partial<Quotas> | null, database: TestDatabase, more: More = {}): Promise<Bench> {
  const bench = await startLifecycle({
    quotas: quotas === null ? null : { ...NO_QUOTAS, ...quotas },
    database,
    ...more,
  });
  opened.push(() => bench.stop());
  return bench;
}

const managed = (size: number, more: Partial<RegisterCommand> = {}): RegisterCommand =>
  registration({ transfer: 'MANAGED', size, ...more });

const usageOf = ({ orm }: Bench, tenant = 'local') => new FileReader(orm).readUsage(tenant);

const outcomes = (answers: readonly { readonly outcome: string }[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { outcome } of answers) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};

const countRows = async (database: TestDatabase, table: string): Promise<number> =>
  (await database.query<{ n: number }>(`select count(*)::int as n from ${table}`))[0]!.n;

it.each([
  ['files', { files: 5 }],
  ['bytes', { bytes: 5 * 10 + 9 }],
  ['open uploads', { openUploads: 5 }],
])('of 16 registrations at once on two replicas exactly 5 fit into a quota of %s', async (_, quotas) => {
  const database = await openDatabase();
  const replicas = [await start(quotas, database), await start(quotas, database)];
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_unused, at) => replicas[at % 2]!.lifecycle.executeOne(managed(10))),
  );
  expect(outcomes(answers)).toEqual({ registered: 5, refused: 11 });
  for (const answer of answers) if (answer.outcome === 'refused') expect(answer.code).toBe('QUOTA_EXCEEDED');
  expect(await usageOf(replicas[0]!)).toEqual({ files: 5, bytes: 50, openUploads: 5 });
  expect(await countRows(database, 'file')).toBe(5);
  expect(await countRows(database, 'file_change')).toBe(5);
});

it('stays exact through many batches on several replicas, some of which wait for the lock of the tenant', async () => {
  const database = await openDatabase();
  const quotas = { files: 300 };
  const replicas = [await start(quotas, database), await start(quotas, database), await start(quotas, database)];
  const folding = new AbortController();
  const folder = (async () => {
    while (!folding.signal.aborted) {
      await foldOnce(replicas[0]!.orm, 3);
      await foldBytesOnce(replicas[0]!.orm, 3);
    }
  })();
  const rounds = replicas.flatMap(({ lifecycle }) =>
    Array.from({ length: 6 }, () => lifecycle.execute<'register'>(Array.from({ length: 40 }, () => managed(1)))),
  );
  const answers = (await Promise.all(rounds)).flat();
  folding.abort();
  await folder;
  expect(outcomes(answers)).toEqual({ registered: 300, refused: 420 });
  expect(await usageOf(replicas[0]!)).toEqual({ files: 300, bytes: 300, openUploads: 300 });
});

it('holds at every moment while files are registered and deleted at once, folded and counted again', async () => {
  const database = await openDatabase();
  const quotas = { files: 5, bytes: 45 };
  const replicas = [await start(quotas, database), await start(quotas, database)];
  const [one] = replicas as [Bench];
  const seen: { readonly files: number; readonly bytes: number }[] = [];
  const stopping = new AbortController();
  const again = async (work: () => Promise<unknown>): Promise<void> => {
    while (!stopping.signal.aborted) await work();
  };
  const beside = Promise.all([
    again(async () => {
      const sums = 'select count(*)::int as files, coalesce(sum(size), 0)::int as bytes from file';
      seen.push(...(await database.query<{ files: number; bytes: number }>(sums)));
    }),
    again(() => Promise.all([foldOnce(one.orm, 10), foldBytesOnce(one.orm, 10)])),
    again(() => recountFiles(one.orm, createLogger('silent'))),
  ]);
  const client = async ({ lifecycle }: Bench): Promise<number> => {
    let registered = 0;
    for (let round = 0; round < 25; round += 1) {
      const command = managed(10);
      const answer = await lifecycle.executeOne(command);
      if (answer.outcome !== 'registered') continue;
      registered += 1;
      await lifecycle.executeOne(removal(command.fileId));
    }
    return registered;
  };
  const registered = await Promise.all(Array.from({ length: 12 }, (_, at) => client(replicas[at % 2]!)));
  stopping.abort();
  await beside;
  expect(Math.max(...seen.map(({ files }) => files))).toBeLessThanOrEqual(4);
  expect(Math.max(...seen.map(({ bytes }) => bytes))).toBeLessThanOrEqual(45);
  expect(registered.reduce((sum, count) => sum + count)).toBeGreaterThan(4);
  expect(await usageOf(one)).toEqual({ files: 0, bytes: 0, openUploads: 0 });
});

const OF_QUOTAS = `locktype = 'advisory' and classid = 872019001`;

it('is of a tenant alone: one that waits holds up no other', async () => {
  const database = await openDatabase();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let isHeld = false;
  const slow = await start({ files: 5 }, database, {
    limits: PATIENT,
    failpoints: async (name) => {
      if (name !== 'before_commit' || isHeld) return;
      isHeld = true;
      await held;
    },
  });
  const first = slow.lifecycle.executeOne(managed(1));
  await untilTrue(database, existsLock(OF_QUOTAS));
  const other = await start({ files: 5 }, database, { limits: PATIENT });
  const waiting = other.lifecycle.execute<'register'>([managed(1), managed(1)]);
  const passing = await other.lifecycle.executeOne(managed(1, { tenant: 'another' }));
  expect(passing.outcome).toBe('registered');
  await untilTrue(database, existsLock(`${OF_QUOTAS} and not granted`));
  release();
  expect([await first, ...(await waiting)].map(({ outcome }) => outcome)).toEqual(Array(3).fill('registered'));
});

it('counts a replay once, and a refused registration gives its key back', async () => {
  const database = await openDatabase();
  const { lifecycle } = await start({ files: 1 }, database);
  const one = { idempotencyKey: 'one' };
  const twice = await lifecycle.execute<'register'>([managed(1, one), managed(1, one)]);
  expect(twice).toMatchObject([{ replayed: false }, { replayed: true }]);
  // A replay needs no room.
  expect(await lifecycle.executeOne(managed(1, one))).toMatchObject({ outcome: 'registered', replayed: true });
  const two = { idempotencyKey: 'two' };
  const refused = await lifecycle.execute<'register'>([managed(1, two), managed(1, two)]);
  expect(outcomes(refused)).toEqual({ refused: 2 });
  expect(await countRows(database, 'idempotency_record')).toBe(1);
  await lifecycle.executeOne(removal((twice[0] as { file: { id: string } }).file.id));
  const later = await lifecycle.executeOne(managed(1, two));
  expect(later).toMatchObject({ outcome: 'registered', replayed: false });
  expect(await lifecycle.executeOne(managed(1, two))).toMatchObject({
    replayed: true,
    file: (later as { file: object }).file,
  });
});

it('gives back what is deleted and what has failed without bytes, and reserves it again for a retry', async () => {
  const database = await openDatabase();
  const bench = await start({ bytes: 25 }, database);
  const { lifecycle } = bench;
  const more = { transfer: 'MANAGED', size: 10 } as const;
  const [first, second] = [await bring(lifecycle, [], more), await bring(lifecycle, [], more)];
  expect(await lifecycle.executeOne(managed(6))).toMatchObject({ code: 'QUOTA_EXCEEDED' });
  await database.query(`update file set state = 'UPLOADING', bytes_received = 4 where id = $1`, [first]);
  await lifecycle.executeOne(sending(first, 'FAIL_UPLOAD'));
  // The bytes that have arrived are kept for a retry, and so is the room for the others.
  expect((await usageOf(bench)).bytes).toBe(20);
  await database.query(
    `update file set due_at = updated_at, updated_at = updated_at - interval '100 years' where id = $1`,
    [first],
  );
  const expired = {
    kind: 'expire',
    tenant: 'local',
    actor: 'system:deadlines',
    attemptId: uuidv7(),
    fileId: first,
  } as const;
  expect(await lifecycle.executeOne(expired)).toEqual({ outcome: 'expired' });
  expect((await usageOf(bench)).bytes).toBe(10);
  const third = await bring(lifecycle, [], { ...more, size: 15 });
  expect(await lifecycle.executeOne(sending(first, 'RETRY'))).toMatchObject({
    outcome: 'rejected',
    code: 'QUOTA_EXCEEDED',
  });
  await lifecycle.executeOne(removal(third));
  expect(await lifecycle.executeOne(sending(first, 'RETRY'))).toMatchObject({ outcome: 'transitioned' });
  expect(await usageOf(bench)).toMatchObject({ bytes: 20, files: 2 });
  await lifecycle.execute<'remove'>([first, second].map(removal));
  expect(await usageOf(bench)).toEqual({ files: 0, bytes: 0, openUploads: 0 });
});

it('does not count the bytes of EXTERNAL files, nor what is refused for another reason', async () => {
  const database = await openDatabase();
  const bench = await start({ bytes: 10, files: 2 }, database);
  const answers = await bench.lifecycle.execute<'register'>([
    registration({ size: 1_000 }),
    managed(11),
    managed(10, { idempotencyKey: 'a' }),
    managed(9, { idempotencyKey: 'a' }),
    registration(),
  ]);
  expect(answers.map((answer) => ('code' in answer ? answer.code : answer.outcome))).toEqual([
    'registered',
    'QUOTA_EXCEEDED',
    'registered',
    'IDEMPOTENCY_MISMATCH',
    'QUOTA_EXCEEDED',
  ]);
  expect(await usageOf(bench)).toMatchObject({ files: 2, bytes: 10 });
});

it('a quota that is set, or lowered, later counts what is there: nothing more fits, and nothing is lost', async () => {
  const database = await openDatabase();
  const before = await start(null, database);
  const ids = await Promise.all(
    Array.from({ length: 4 }, () => bring(before.lifecycle, [], { transfer: 'MANAGED', size: 5 })),
  );
  const { lifecycle } = await start({ files: 3, bytes: 15 }, database);
  expect(await lifecycle.executeOne(managed(0))).toMatchObject({ code: 'QUOTA_EXCEEDED' });
  await lifecycle.executeOne(removal(ids[0]!));
  expect(await lifecycle.executeOne(managed(0))).toMatchObject({ code: 'QUOTA_EXCEEDED' });
  await lifecycle.executeOne(removal(ids[1]!));
  // An empty file has all its bytes: it is no open upload, and takes none.
  expect(await lifecycle.executeOne(managed(0))).toMatchObject({ file: { state: 'PROCESSING' } });
});

it('is put right by a recount', async () => {
  const database = await openDatabase();
  const bench = await start({ bytes: 100 }, database);
  await Promise.all(Array.from({ length: 3 }, () => bring(bench.lifecycle, [], { transfer: 'MANAGED', size: 30 })));
  await foldBytesOnce(bench.orm, 1_000);
  await database.query('update byte_count set bytes = 0');
  expect((await usageOf(bench)).bytes).toBe(0);
  await recountFiles(bench.orm, createLogger('silent'));
  expect((await usageOf(bench)).bytes).toBe(90);
  expect(await bench.lifecycle.executeOne(managed(11))).toMatchObject({ code: 'QUOTA_EXCEEDED' });
  await recountFiles(bench.orm, createLogger('silent'));
  expect((await usageOf(bench)).bytes).toBe(90);
});

it('costs two statements a batch that may let a tenant grow, and none where there is no quota', async () => {
  const database = await openDatabase();
  await database.query('create extension pg_stat_statements');
  const statements = async (bench: Bench, work: () => Promise<unknown>): Promise<string[]> => {
    await work();
    await resetCosts(database); // and not those of the tests beside
    await work();
    await bench.lifecycle.idle();
    const rows = await database.query<{ query: string }>(
      `select query from pg_stat_statements s join pg_database d on d.oid = s.dbid
        where d.datname = current_database() and toplevel and query !~ 'pg_stat_statements'`,
    );
    return rows.map(({ query }) => query);
  };
  const isOfQuotas = (query: string): boolean => /advisory|byte_count where|byte_count_delta where/.test(query);
  const free = await start(null, database);
  const without = await statements(free, () => free.lifecycle.execute<'register'>([managed(1), managed(1)]));
  expect(without.filter(isOfQuotas)).toEqual([]);
  const limited = await start({ files: 100 }, database);
  const within = await statements(limited, () => limited.lifecycle.execute<'register'>([managed(1), managed(1)]));
  expect(within.filter(isOfQuotas)).toHaveLength(2);
  expect(within.length).toBe(without.length + 2);
  const id = await bring(limited.lifecycle);
  const moving = await statements(limited, () => limited.lifecycle.executeOne(sending(id, 'FAIL_RESET')));
  expect(moving.filter(isOfQuotas)).toEqual([]);
});
