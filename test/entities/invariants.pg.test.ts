// Order, uniqueness and legality are the database's: whatever code forgets, it refuses. Each statement here is plain
// SQL, as a mistake or another program would send it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { type TestDatabase, createDatabase } from '../support/database.ts';

const CHECK = '23514';
const UNIQUE = '23505';
const NOT_NULL = '23502';
const FOREIGN_KEY = '23503';
const APPEND_ONLY = '23000';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

type Columns = Record<string, unknown>;

const FILE = {
  tenant: 't',
  name: 'a file',
  content_type: 'a/b',
  transfer: 'EXTERNAL',
  size: 10,
  state: 'UNTRACKED',
  max_attempts: 5,
  metadata: '{}',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
};

const MOVE = {
  tenant: 't',
  version: 1,
  kind: 'TRANSITIONED',
  event: 'START_UPLOAD',
  from_state: 'UNTRACKED',
  to_state: 'UPLOADING',
  attempt_id: randomUUID(),
  actor: 'a',
  file: '{}',
  occurred_at: '2026-01-01T00:00:00Z',
};

async function insert(table: string, columns: Columns): Promise<Columns> {
  const names = Object.keys(columns);
  const places = names.map((_, index) => `$${index + 1}`);
  const sql = `insert into ${table} (${names.join(', ')}) values (${places.join(', ')}) returning *`;
  const [row] = await database.query<Columns>(sql, Object.values(columns));
  return row!;
}

const insertFile = (columns: Columns = {}): Promise<Columns> =>
  insert('file', { id: randomUUID(), ...FILE, ...columns });
const logMove = (columns: Columns = {}): Promise<Columns> =>
  insert('file_change', { file_id: randomUUID(), ...MOVE, ...columns });

const refusedBy = (constraint: string, code = CHECK): object => expect.objectContaining({ code, constraint }) as object;

const FAILURE = '{"code":"A","message":"a","retryable":true}';

describe('a file', () => {
  it.each<[string, Columns, string]>([
    ['in a state that the machine does not have', { state: 'ARCHIVED' }, 'file_state_check'],
    ['in a state in lower case', { state: 'untracked' }, 'file_state_check'],
    ['that is FAILED without a failure', { state: 'FAILED' }, 'file_failure_check'],
    ['with a failure that is not FAILED', { failure: FAILURE }, 'file_failure_check'],
    ['with more bytes than it has', { bytes_received: 11 }, 'file_bytes_received_check'],
    ['with fewer bytes than none', { bytes_received: -1 }, 'file_bytes_received_check'],
    ['that is MANAGED without a size', { transfer: 'MANAGED', size: null }, 'file_size_check'],
    ['of an unknown transfer mode', { transfer: 'PIGEON' }, 'file_transfer_check'],
    ['with a digest in capitals', { sha256: 'A'.repeat(64) }, 'file_sha256_check'],
    ['with half a digest', { sha256: 'a'.repeat(32) }, 'file_sha256_check'],
    ['with a line behind its digest', { sha256: `${'a'.repeat(64)}\nb` }, 'file_sha256_check'],
    ['at a negative version', { version: -1 }, 'file_counters_check'],
    ['with negative attempts', { attempts: -1 }, 'file_counters_check'],
    ['that may never be tried', { max_attempts: 0 }, 'file_counters_check'],
  ])('%s is refused', async (_title, columns, constraint) => {
    await expect(insertFile(columns)).rejects.toEqual(refusedBy(constraint));
  });

  it('cannot be brought into any of these by an update either', async () => {
    const { id } = await insertFile();
    const update = (change: string): Promise<unknown> =>
      database.query(`update file set ${change} where id = $1`, [id]);
    await expect(update(`state = 'FAILED'`)).rejects.toEqual(refusedBy('file_failure_check'));
    await expect(update('bytes_received = 11')).rejects.toEqual(refusedBy('file_bytes_received_check'));
    // Two constraints have a reason to refuse this one.
    await expect(update('size = -1')).rejects.toMatchObject({ code: CHECK });
    await expect(update('size = null, bytes_received = 11')).resolves.toEqual([]);
  });

  it('is one, whatever its tenant', async () => {
    const { id } = await insertFile();
    await expect(insertFile({ id, tenant: 'other' })).rejects.toMatchObject({ code: UNIQUE });
  });
});

describe('a row of the log', () => {
  it.each<[string, Columns, string]>([
    ['of an unknown kind', { kind: 'MOVED' }, 'file_change_kind_check'],
    ['of an unknown event', { event: 'VANISH' }, 'file_change_event_check'],
    ['from an unknown state', { from_state: 'LIMBO' }, 'file_change_states_check'],
    ['to an unknown state', { to_state: 'LIMBO' }, 'file_change_states_check'],
    ['that moved without an event', { event: null }, 'file_change_transition_check'],
    ['that moved from nowhere', { from_state: null }, 'file_change_transition_check'],
    ['that registers and moves', { kind: 'REGISTERED', version: 0 }, 'file_change_transition_check'],
    ['that deletes and moves', { kind: 'DELETED' }, 'file_change_transition_check'],
    ['that moved to version 0', { version: 0 }, 'file_change_version_check'],
    ['at a negative version', { version: -1 }, 'file_change_version_check'],
  ])('%s is refused', async (_title, columns, constraint) => {
    await expect(logMove(columns)).rejects.toEqual(refusedBy(constraint));
  });

  it('is the only one of its file and version', async () => {
    const { file_id } = await logMove();
    await expect(logMove({ file_id })).rejects.toEqual(refusedBy('file_change_version_unique', UNIQUE));
    await expect(logMove({ file_id, version: 2 })).resolves.toMatchObject({ version: 2 });
  });

  it.each<[string, string]>([
    ['tenant', `'other'`],
    ['file_id', 'gen_random_uuid()'],
    ['version', '2'],
    ['event', `'RETRY'`],
    ['from_state', `'FAILED'`],
    ['to_state', `'FAILED'`],
    ['attempt_id', 'gen_random_uuid()'],
    ['actor', `'somebody else'`],
    ['failure', `'{}'`],
    ['file', `'{"a":1}'`],
    ['occurred_at', 'now()'],
    ['id', 'id + 1000000'],
    ['kind', `'DELETED', event = null, from_state = null, to_state = null`],
  ])('keeps its %s for ever', async (column, value) => {
    const { id } = await logMove();
    const change = `update file_change set ${column} = ${value}`;
    await expect(database.query(`${change} where id = $1`, [id])).rejects.toMatchObject({ code: APPEND_ONLY });
  });

  it('is given its position once, and no other row has it', async () => {
    const [first, second] = [await logMove(), await logMove()];
    const place = (position: number, id: unknown): Promise<unknown> =>
      insert('feed_position', { position, log_id: id, fingerprint: 0 });
    await place(1, first?.['id']);
    await expect(place(2, first?.['id'])).rejects.toEqual(refusedBy('feed_position_log_id_unique', UNIQUE));
    await expect(place(1, second?.['id'])).rejects.toEqual(refusedBy('feed_position_pkey', UNIQUE));
    const change = 'update feed_position set position = 3';
    await expect(database.query(change)).rejects.toMatchObject({ code: APPEND_ONLY });
  });

  it('outlives its file, and its key with it', async () => {
    const { id } = await insertFile();
    await logMove({ file_id: id });
    await insert('idempotency_record', keyOf(id));
    await database.query('delete from file where id = $1', [id]);
    expect(await database.query('select version from file_change where file_id = $1', [id])).toEqual([{ version: 1 }]);
    expect(await database.query('select key from idempotency_record where file_id = $1', [id])).toHaveLength(1);
  });
});

const keyOf = (fileId: unknown): Columns => ({
  tenant: 't',
  scope: fileId,
  key: 'k',
  fingerprint: 'f',
  file_id: fileId,
  version: 1,
  created_at: '2026-01-01T00:00:00Z',
});

describe('an idempotency record', () => {
  it('needs the log row that is its answer, and goes with it', async () => {
    const fileId = randomUUID();
    await expect(insert('idempotency_record', keyOf(fileId))).rejects.toEqual(
      refusedBy('idempotency_record_answer_fk', FOREIGN_KEY),
    );
    await logMove({ file_id: fileId });
    await insert('idempotency_record', keyOf(fileId));
    await database.query('delete from file_change where file_id = $1', [fileId]);
    expect(await database.query('select from idempotency_record where file_id = $1', [fileId])).toEqual([]);
  });

  it('is the only one of its tenant, scope and key', async () => {
    const { file_id } = await logMove();
    await insert('idempotency_record', keyOf(file_id));
    await expect(insert('idempotency_record', keyOf(file_id))).rejects.toMatchObject({ code: UNIQUE });
    await insert('idempotency_record', { ...keyOf(file_id), tenant: 'other' });
  });
});

describe('the head of the feed', () => {
  it('is one row, there from the first migration on', async () => {
    expect(await database.query('select id, trimmed::int from feed_head')).toEqual([{ id: 1, trimmed: 0 }]);
    await expect(insert('feed_head', { id: 2 })).rejects.toEqual(refusedBy('feed_head_single_row'));
    await expect(insert('feed_head', { id: 1 })).rejects.toMatchObject({ code: UNIQUE });
    await expect(insert('feed_head', { id: null })).rejects.toMatchObject({ code: NOT_NULL });
  });
});
