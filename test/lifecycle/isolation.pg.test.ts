// Commands share batches, but an error that one of them causes fails that one alone; and what the database refuses for the
// moment is tried again.
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { createXStateEngine } from '../../src/fsm/xstate-engine.ts';
import type { Failpoints } from '../../src/lifecycle/failpoints.ts';
import type { TestDatabase } from '../support/database.ts';
import {
  type Bench,
  PATIENT,
  bring,
  holdFiles,
  readLog,
  registration,
  removal,
  sendOne,
  sending,
  startLifecycle,
  untilTrue,
} from '../support/lifecycle.ts';
import { WAY_TO } from '../fsm/contract-table.ts';

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.stop();
  bench = undefined;
});

async function start(options: Parameters<typeof startLifecycle>[0] = {}): Promise<Bench> {
  bench = await startLifecycle(options);
  return bench;
}

// XState says where the guard stands, then what it threw.
const GUARD_BROKE = expect.stringContaining('the guard broke') as string;

const TWENTY = Array.from({ length: 20 }, (_, index) => index);

/** Claims the key of a registration from a connection of its own, and neither commits nor lets go. */
async function claimKey(
  database: TestDatabase,
  key: string,
): Promise<{ client: pg.Client; release: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin');
  await client.query(
    `insert into idempotency_record values ('local', 'register', $1, 'of another', gen_random_uuid(), 0, now())`,
    [key],
  );
  return { client, release: () => client.end() };
}

const WAITING = `exists (select from pg_stat_activity
  where datname = current_database() and application_name = 'waybill-writes' and wait_event_type = 'Lock')`;

/** From now on the database refuses to let a file of this name move. */
async function poison({ database }: Bench, name: string): Promise<void> {
  await database.query(`alter table file add constraint poisoned check (name <> '${name}' or version = 0)`);
}

/** From now on the first `failures` inserts into the log fail with this SQLSTATE. A sequence remembers: it is not rolled back. */
async function failFirst({ database }: Bench, failures: number, sqlState: string): Promise<void> {
  await database.query(`
    create sequence tried;
    create function fail_first() returns trigger language plpgsql as $$ begin
      if nextval('tried') <= ${failures} then raise exception 'not now' using errcode = '${sqlState}'; end if;
      return null;
    end $$;
    create trigger fail_first after insert on file_change for each statement execute function fail_first()`);
}

it('a row that the database refuses fails its own command and no other of its batch', async () => {
  const { lifecycle, database } = await start();
  const ids = await Promise.all(
    TWENTY.map((index) => bring(lifecycle, [], { name: index === 7 ? 'poison' : 'a file' })),
  );
  await poison(bench!, 'poison');
  const answers = await lifecycle.execute<'transition'>(ids.map((id) => sending(id, 'START_UPLOAD')));
  expect(answers.map(({ outcome }) => outcome)).toEqual(
    TWENTY.map((index) => (index === 7 ? 'failed' : 'transitioned')),
  );
  expect(answers[7]).toMatchObject({ error: { code: '23514' } });
  for (const [index, id] of ids.entries()) {
    expect(await readLog(database, id), `file ${index}`).toHaveLength(index === 7 ? 1 : 2);
  }
});

it('around a command that fails, those of its own file keep their order', async () => {
  const { lifecycle, database } = await start();
  const [poisoned, sound] = [await bring(lifecycle, [], { name: 'poison' }), await bring(lifecycle)];
  await poison(bench!, 'poison');
  const way = [...WAY_TO.INDEXED, 'RESET'] as const;
  const commands = way.flatMap((event) => [sending(sound, event), sending(poisoned, event)]);
  const answers = await lifecycle.execute<'transition'>(commands);
  const outcomesOf = (id: string): string[] =>
    answers.filter((_, at) => commands[at]?.fileId === id).map(({ outcome }) => outcome);
  expect(outcomesOf(sound)).toEqual(way.map(() => 'transitioned'));
  // The first one broke, so the file stays where it was and the machine refuses the rest.
  expect(outcomesOf(poisoned)).toEqual(['failed', 'rejected', 'rejected', 'rejected']);
  expect(await readLog(database, sound)).toHaveLength(5);
  expect(await readLog(database, poisoned)).toHaveLength(1);
});

it('a batch that fails with a contended row in it does not make the others wait for that row', async () => {
  const gate = Promise.withResolvers<void>();
  let gated = false;
  const failpoints: Failpoints = (name) => (name === 'before_lock' && gated ? gate.promise : undefined);
  const { lifecycle, database } = await start({ limits: PATIENT, failpoints });
  const [held, poisoned] = [await bring(lifecycle), await bring(lifecycle, [], { name: 'poison' })];
  const others = await Promise.all(TWENTY.map(() => bring(lifecycle)));
  const first = await Promise.all(TWENTY.map(() => bring(lifecycle)));
  await poison(bench!, 'poison');
  const letGo = await holdFiles(database, held);
  // Both workers are kept busy until everything is in the queue, so that it shares the next batch.
  gated = true;
  const before = first.map((id) => sendOne(lifecycle, sending(id, 'START_UPLOAD')));
  const all = [held, poisoned, ...others].map((id) => sendOne(lifecycle, sending(id, 'START_UPLOAD')));
  gated = false;
  gate.resolve();
  const [waiting, broken, ...rest] = all;
  // No lock times out here: these answers cannot come if their batch waits for the locked row first.
  expect(await broken).toMatchObject({ outcome: 'failed' });
  for (const answer of [...before, ...rest]) expect(await answer).toMatchObject({ outcome: 'transitioned' });
  expect(await readLog(database, held)).toHaveLength(1);
  await letGo();
  expect(await waiting).toMatchObject({ outcome: 'transitioned' });
});

it('a registration that waits for a key claimed elsewhere makes no other file of its batch busy', async () => {
  const { lifecycle, database } = await start({ limits: { ...PATIENT, lockTimeoutMs: 500 } });
  const id = await bring(lifecycle);
  const { client, release } = await claimKey(database, 'taken');
  const [moved, busy] = await lifecycle.execute<'transition' | 'register'>([
    sending(id, 'START_UPLOAD'),
    registration({ idempotencyKey: 'taken' }),
  ]);
  expect(moved).toMatchObject({ outcome: 'transitioned' });
  expect(busy).toMatchObject({ outcome: 'refused', code: 'FILE_BUSY' });
  await client.query('rollback');
  await release();
  expect(await lifecycle.executeOne(registration({ idempotencyKey: 'taken' }))).toMatchObject({
    outcome: 'registered',
    replayed: false,
  });
});

it('a guard that throws fails its own command, changes nothing, and is in the log of attempts', async () => {
  const engine = createXStateEngine({
    hasAttemptsLeft: () => {
      throw new Error('the guard broke');
    },
  });
  const { lifecycle, database, log } = await start({ engine });
  const failed = await bring(lifecycle, WAY_TO.FAILED);
  const others = await Promise.all(TWENTY.map(() => bring(lifecycle)));
  log.length = 0;
  const commands = [sending(failed, 'RETRY'), ...others.map((id) => sending(id, 'START_UPLOAD'))];
  const [broken, ...rest] = await lifecycle.execute<'transition'>(commands);
  expect(broken).toMatchObject({ outcome: 'failed', error: { message: GUARD_BROKE } });
  expect(rest.map(({ outcome }) => outcome)).toEqual(others.map(() => 'transitioned'));
  expect(await readLog(database, failed)).toHaveLength(3);
  expect(log.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
    { msg: 'transition', fileId: `file_${failed}`, event: 'RETRY', to: null, err: { message: GUARD_BROKE } },
  ]);
});

it('a command for a file that is removed earlier in the same batch does not find it', async () => {
  const { lifecycle, database } = await start();
  const [id, other] = [await bring(lifecycle), await bring(lifecycle)];
  const answers = await lifecycle.execute<'transition' | 'remove'>([
    sending(id, 'START_UPLOAD'),
    removal(id),
    sending(id, 'FAIL_UPLOAD'),
    removal(id),
    sending(other, 'START_UPLOAD'),
  ]);
  expect(answers.map((answer) => ('code' in answer ? answer.code : answer.outcome))).toEqual([
    'transitioned',
    'removed',
    'FILE_NOT_FOUND',
    'FILE_NOT_FOUND',
    'transitioned',
  ]);
  const kinds = (await readLog(database, id)).map(({ kind }) => kind);
  expect(kinds).toEqual(['REGISTERED', 'TRANSITIONED', 'DELETED']);
  expect(await database.query('select id from file')).toEqual([{ id: other }]);
});

it.each([
  ['a deadlock', '40P01'],
  ['a serialization failure', '40001'],
])('%s is tried again, three times at most', async (_name, sqlState) => {
  const { lifecycle, database } = await start();
  const id = await bring(lifecycle);
  await failFirst(bench!, 3, sqlState);
  expect(await sendOne(lifecycle, sending(id, 'START_UPLOAD'))).toMatchObject({ outcome: 'transitioned' });
  expect(await readLog(database, id)).toHaveLength(2);

  await database.query(`alter sequence tried restart`);
  await database.query(`create or replace function fail_first() returns trigger language plpgsql as $$ begin
    perform nextval('tried'); raise exception 'not now' using errcode = '${sqlState}'; end $$`);
  const refused = await sendOne(lifecycle, sending(id, 'COMPLETE_UPLOAD'));
  expect(refused).toMatchObject({ outcome: 'failed', error: { code: sqlState } });
  const [row] = await database.query<{ tried: string }>('select last_value as tried from tried');
  expect(Number(row?.tried)).toBe(4);
});

it('an error of the database that would only repeat itself is not tried again', async () => {
  const { lifecycle, database } = await start();
  const id = await bring(lifecycle);
  await failFirst(bench!, 1_000, '22012');
  expect(await sendOne(lifecycle, sending(id, 'START_UPLOAD'))).toMatchObject({ outcome: 'failed' });
  const [row] = await database.query<{ tried: string }>('select last_value as tried from tried');
  expect(Number(row?.tried)).toBe(1);
});

it('in a deadlock with another connection, whichever side loses, each command happens once', async () => {
  const { lifecycle, database } = await start({ limits: PATIENT });
  const id = await bring(lifecycle);
  // The other side has the key that our batch claims, and then waits for the row that our batch has locked.
  const { client, release } = await claimKey(database, 'taken');
  const pending = lifecycle.execute<'transition' | 'register'>([
    sending(id, 'START_UPLOAD'),
    registration({ idempotencyKey: 'taken' }),
  ]);
  await untilTrue(database, WAITING);
  const other = await client.query('select from file where id = $1 for update', [id]).catch((error: unknown) => error);
  await release();
  const [moved, registered] = await pending;
  expect(moved, String(other)).toMatchObject({ outcome: 'transitioned' });
  expect(registered, String(other)).toMatchObject({ outcome: 'registered', replayed: false });
  expect(await readLog(database, id)).toHaveLength(2);
  expect(await database.query('select from file')).toHaveLength(2);
});
