// The CHECK constraints of a migrated database list what the machine lists: a state or an event added to the machine
// and to no migration is found here.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FILE_STATES, LIFECYCLE_EVENTS } from '../../src/fsm/machine.ts';
import { QUEUES } from '../../src/entities/processing.ts';
import { LOGGED_KINDS } from '../../src/entities/file-change.ts';
import { TRANSFER_MODES } from '../../src/entities/file.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** The names a constraint lists, in alphabetical order, each as often as it is there. */
async function namesIn(constraint: string): Promise<string[]> {
  const [row] = await database.query<{ text: string }>(
    'select pg_get_constraintdef(oid) as text from pg_constraint where conname = $1',
    [constraint],
  );
  if (row === undefined) throw new Error(`there is no constraint ${constraint}`);
  return [...row.text.matchAll(/'([A-Za-z_]+)'/g)].map(([, name = '']) => name).toSorted();
}

it('the states of files are those of the machine', async () => {
  expect(await namesIn('file_state_check')).toEqual(FILE_STATES.toSorted());
});

it('the states of the log, from and to, are those of the machine', async () => {
  expect(await namesIn('file_change_states_check')).toEqual([...FILE_STATES, ...FILE_STATES].toSorted());
});

it('the events of the log are those of the machine', async () => {
  expect(await namesIn('file_change_event_check')).toEqual(LIFECYCLE_EVENTS.toSorted());
});

it('a failure goes with the one state that the machine calls failed', async () => {
  expect(await namesIn('file_failure_check')).toEqual(['FAILED']);
});

it('processing goes with the one state that the machine calls so, and its queues are those of the code', async () => {
  expect(await namesIn('file_processing_check')).toEqual(['PROCESSING']);
  expect(await namesIn('file_queue_check')).toEqual(QUEUES.toSorted());
});

it('the kinds of changes and the modes of transfer are those of the code', async () => {
  expect(await namesIn('file_change_kind_check')).toEqual(LOGGED_KINDS.toSorted());
  expect(await namesIn('file_transfer_check')).toContain(TRANSFER_MODES[1]);
  expect(await namesIn('file_transfer_check')).toEqual(TRANSFER_MODES.toSorted());
});

it('the database takes every state and every event of the machine as its own', async () => {
  for (const state of FILE_STATES) {
    const failure = state === 'FAILED' ? '{}' : null;
    const rows = await database.query(
      `insert into file (id, tenant, name, content_type, transfer, state, failure, max_attempts, metadata, created_at, updated_at,
         processing, queue, claimable_at)
       values (gen_random_uuid(), 't', 'n', 'a/b', 'EXTERNAL', $1, $2, 1, '{}', now(), now(),
         case when $1 = 'PROCESSING' then '{}'::jsonb end, case when $1 = 'PROCESSING' then 'external' end,
         case when $1 = 'PROCESSING' then now() end) returning state`,
      [state, failure],
    );
    expect(rows).toEqual([{ state }]);
  }
  for (const event of LIFECYCLE_EVENTS) {
    const rows = await database.query(
      `insert into file_change (tenant, file_id, version, kind, event, from_state, to_state, attempt_id, actor, file, occurred_at)
       values ('t', gen_random_uuid(), 1, 'TRANSITIONED', $1, $2, $2, gen_random_uuid(), 'a', '{}', now()) returning event`,
      [event, FILE_STATES[0]],
    );
    expect(rows).toEqual([{ event }]);
  }
});
