// Batches that give their changes their positions with their own commit: when they do, when they leave it to the sequencer,
// and that nothing is lost, doubled or out of order among both.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ADVISORY_LOCKS } from '../../../src/db/advisory-locks.ts';
import { createOrm } from '../../../src/db/orm.ts';
import { transact } from '../../../src/db/transact.ts';
import { type Given, TURN_ROWS, takeTurn } from '../../../src/feed/log/own-turn.ts';
import { changesAt } from '../../../src/feed/log/placed-changes.ts';
import { sequenceBatch } from '../../../src/feed/log/sequencer.ts';
import { readFeedState } from '../../../src/feed/log/state.ts';
import type { NewChange } from '../../../src/lifecycle/batch/writes.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { changesInsert, fileIdOf, insertChange, readAll } from '../../support/feed.ts';
import { PATIENT, bring, registration, removal, sending, startLifecycle } from '../../support/lifecycle.ts';
import { openPool } from '../../support/pool.ts';
import { createRandom } from '../../support/random.ts';

let database: TestDatabase;
let pool: pg.Pool;
let orm: ReturnType<typeof createOrm>;
beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 20);
  orm = createOrm({ url: database.url, name: 'writes', max: 4 });
});
afterEach(async () => {
  await orm.close();
  await pool.end();
  await database.drop();
});

/** A transaction that writes versions of a file and takes a turn. */
async function write(file: number, version: number, last = version): Promise<Given | null> {
  let given: Promise<Given | null> = Promise.resolve(null);
  await transact(orm, PATIENT, (transaction) => {
    const { values, ...statement } = changesInsert(file, version, last);
    transaction.send(statement, values);
    given = takeTurn(transaction, last - version + 1, true);
    given.catch(() => undefined);
    return Promise.resolve();
  });
  return await given;
}

const feed = async (): Promise<[file: number, version: number][]> =>
  (await readAll(pool)).map(({ fileId, version }) => [Number(fileId.slice(-12)), version]);

const pending = async (): Promise<boolean> => (await readFeedState(pool)).pendingSince !== null;

it('gives a lone change its position, and notifies of it', async () => {
  const listener = new pg.Client({ connectionString: database.url });
  await listener.connect();
  const heard: string[] = [];
  listener.on('notification', ({ payload = '' }) => heard.push(payload));
  await listener.query('listen waybill_feed');
  expect(await write(1, 0)).toMatchObject({ after: { position: 0 }, places: [{ position: 1 }] });
  const second = await write(1, 1, 3);
  expect(second).toMatchObject({ places: [{ position: 2 }, { position: 3 }, { position: 4 }] });
  expect(await pending()).toBe(false);
  const all = await readAll(pool);
  expect(second!.after).toEqual({ position: 1, fingerprint: all[0]!.fingerprint });
  expect(second!.places).toEqual(all.slice(1).map(({ position, fingerprint }) => ({ position, fingerprint })));
  await listener.query('select 1');
  expect(heard).toEqual(['1', '4']);
  await listener.end();
});

it('gives positions to what others have committed and nobody has sequenced', async () => {
  await insertChange(pool, 1, 0);
  expect(await write(2, 0)).toMatchObject({ places: [{ position: 1 }, { position: 2 }] });
  expect(await feed()).toEqual([
    [1, 0],
    [2, 0],
  ]);
});

it('gives none while another has the lock, and the sequencer finds the change', async () => {
  const other = await pool.connect();
  await other.query('begin');
  await other.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.sequencer]);
  expect(await write(1, 0)).toBeNull();
  await other.query('commit');
  other.release();
  expect(await pending()).toBe(true);
  expect(await sequenceBatch(pool)).toMatchObject({ count: 1, isWhole: true });
  expect(await write(1, 1)).toMatchObject({ places: [{ position: 2 }] });
});

it('gives none while an id below is missing, until the sequencer knows what became of it', async () => {
  const late = await pool.connect();
  await late.query('begin');
  await insertChange(late, 1, 0);
  expect(await write(2, 0)).toBeNull();
  expect(await sequenceBatch(pool)).toMatchObject({ count: 1, isWhole: false });
  expect(await write(3, 0)).toBeNull();
  await late.query('commit');
  late.release();
  // The gap is closed, but only the sequencer looks into it.
  expect(await write(4, 0)).toBeNull();
  while (await pending()) await sequenceBatch(pool);
  expect(await write(5, 0)).toMatchObject({ places: [{ position: 5 }] });
  expect(await feed()).toEqual([
    [2, 0],
    [1, 0],
    [3, 0],
    [4, 0],
    [5, 0],
  ]);
});

it('gives none where ids were passed already, as behind a sequence that was set back', async () => {
  await write(1, 0, 4); // ids 1 to 5
  await insertChange(pool, 1, 5, 8); // 6 to 9
  await sequenceBatch(pool);
  await database.query('delete from file_change where id in (4, 5)');
  await database.query(`select setval('file_change_id_seq', 3)`);
  expect(await write(2, 0)).toBeNull(); // id 4
  await database.query(`select setval('file_change_id_seq', 9)`);
  await insertChange(pool, 3, 0); // id 10
  await database.query(`select setval('file_change_id_seq', 4)`);
  // It finds one row that waits, and it is not its own.
  expect(await write(4, 0)).toBeNull(); // id 5
});

it('gives none to more rows than a batch may have', async () => {
  expect(await write(1, 0, TURN_ROWS - 1)).toMatchObject({ places: { length: TURN_ROWS } });
  expect(await write(1, TURN_ROWS, 2 * TURN_ROWS)).toBeNull();
  expect(await sequenceBatch(pool)).toMatchObject({ count: TURN_ROWS + 1 });
});

it('a batch that is rolled back behind its turn gives none', async () => {
  const failing = transact(orm, PATIENT, async (transaction) => {
    const { values, ...statement } = changesInsert(1, 0);
    transaction.send(statement, values);
    expect(await takeTurn(transaction, 1, true)).toMatchObject({ places: [{ position: 1 }] });
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await readAll(pool)).toEqual([]);
  // An id is gone: the sequencer gives it up.
  expect(await write(2, 0)).toBeNull();
  await sequenceBatch(pool);
  expect(await feed()).toEqual([[2, 0]]);
});

it('changes that need not be read are as the log has them', async () => {
  const taken: { given: Promise<Given | null>; changes: readonly NewChange[] }[] = [];
  const bench = await startLifecycle({
    database,
    takeTurn: (transaction, changes) => {
      taken.push({ given: takeTurn(transaction, changes.length, true), changes });
      return null;
    },
  });
  const { lifecycle } = bench;
  const metadata = { b: 1, a: [1e20, 'ü'], nested: { z: null } };
  const plain = await bring(lifecycle, ['START_UPLOAD', 'FAIL_UPLOAD', 'RETRY', 'START_UPLOAD', 'COMPLETE_UPLOAD']);
  const rich = await bring(lifecycle, ['START_UPLOAD', 'COMPLETE_UPLOAD'], { metadata, name: 'ä', size: 7 });
  const properties = { pages: 3, parts: { second: 2, first: 1 } };
  await lifecycle.executeOne(sending(rich, 'COMPLETE_PROCESSING', { properties }));
  await lifecycle.executeOne(sending(plain, 'FAIL_PROCESSING'));
  await lifecycle.execute([sending(rich, 'RESET'), sending(plain, 'RESET')]);
  await lifecycle.executeOne(removal(rich));
  await lifecycle.executeOne(removal(plain));
  await lifecycle.executeOne(registration({ transfer: 'MANAGED', size: 0 }));
  await bench.stop();

  const read = new Map((await readAll(pool)).map((change) => [change.position, change]));
  const kept = { inMemory: 0, toBeRead: 0 };
  for (const { given, changes } of taken) {
    const places = (await given)!.places;
    const logged = changesAt(places, changes);
    if (logged === null) kept.toBeRead += 1;
    else kept.inMemory += 1;
    for (const change of logged ?? []) expect(change).toEqual(read.get(change.position));
    expect(places.map(({ position }) => read.get(position)?.version)).toEqual(changes.map(({ version }) => version));
  }
  expect(read.size).toBe(taken.flatMap(({ changes }) => changes).length);
  // Registrations have what the client has sent, and so has what was found in a file.
  expect(kept).toEqual({ inMemory: 8, toBeRead: 2 });
});

it('many batches with turns, some of them rolled back, beside a sequencer: every change once, and files in order', async () => {
  const seed = Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 31);
  const random = createRandom(seed);
  const [FILES, VERSIONS] = [8, 40];
  // Once a batch was rolled back, how soon there are turns again depends on what else runs on the server.
  for (let file = 0; file < FILES; file += 1) expect(await write(file, 0)).not.toBeNull();

  async function writeAll(file: number): Promise<void> {
    for (let version = 1; version < VERSIONS;) {
      const isRolledBack = random.chance(0.05);
      const given = await transact(orm, PATIENT, async (transaction) => {
        const { values, ...statement } = changesInsert(file, version);
        transaction.send(statement, values);
        if (random.chance(0.3)) await sleep(random.next() * 5);
        const taking = takeTurn(transaction, 1, true);
        if (isRolledBack) throw new Error('rolled back');
        return taking;
      }).catch((error: Error) => {
        if (error.message !== 'rolled back') throw error;
      });
      if (given !== undefined) version += 1;
    }
  }

  const written = new AbortController();
  async function sequence(): Promise<void> {
    while (!written.signal.aborted) {
      await sleep(random.next() * 20);
      await sequenceBatch(pool);
    }
  }

  const sequencing = sequence();
  await Promise.all(Array.from({ length: FILES }, (_, file) => writeAll(file)));
  written.abort();
  await sequencing;
  while (await pending()) await sequenceBatch(pool);
  const all = await readAll(pool);
  expect(
    all.map(({ position }) => position),
    `seed ${seed}`,
  ).toEqual(Array.from({ length: FILES * VERSIONS }, (_, at) => at + 1));
  for (let file = 0; file < FILES; file += 1) {
    const versions = all.filter(({ fileId }) => fileId === fileIdOf(file)).map(({ version }) => version);
    expect(versions, `file ${file}, seed ${seed}`).toEqual(Array.from({ length: VERSIONS }, (_, at) => at));
  }
});
