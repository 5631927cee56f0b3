// The statements that a batch writes with leave the same rows as MikroORM's flush, and lock what MikroORM would read: a
// column that is added to an entity and forgotten by them is found here.
import type { RequiredEntityData } from '@mikro-orm/postgresql';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { type MikroORM, createOrm } from '../../../src/db/orm.ts';
import { transact } from '../../../src/db/transact.ts';
import { FileChange } from '../../../src/entities/file-change.ts';
import { snapshotOf } from '../../../src/entities/file-snapshot.ts';
import { File } from '../../../src/entities/file.ts';
import { membersOf } from '../../../src/entities/json-text.ts';
import { toLogged } from '../../../src/entities/logged-file.ts';
import { IdempotencyRecord } from '../../../src/entities/idempotency-record.ts';
import { MetadataHeader } from '../../../src/entities/metadata-header.ts';
import { lockFiles } from '../../../src/lifecycle/batch/locks.ts';
import { BatchWrites, type NewChange } from '../../../src/lifecycle/batch/writes.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { PATIENT, sending } from '../../support/lifecycle.ts';

let database: TestDatabase;
let orm: MikroORM;
beforeEach(async () => {
  database = await createDatabase();
  orm = createOrm({ url: database.url, name: 'test', max: 1 });
});
afterEach(async () => {
  await orm.close();
  await database.drop();
});

const at = (ms: number): Date => new Date(Date.UTC(2026, 10, 26, 12, 0, 0, ms));
const failure = { code: 'BROKEN', message: 'it "broke"', retryable: false };

// No column but those of PROCESSING is null or has its default, and each differs from every other of its type.
const file: File = {
  id: uuidv7(),
  tenant: 'a tenant',
  name: 'a name \\ with \' and "',
  contentType: 'text/plain',
  transfer: 'MANAGED',
  size: 2 ** 53 - 1,
  bytesReceived: 2 ** 40,
  sha256: 'ab'.repeat(32),
  digestDeclared: true,
  state: 'FAILED',
  version: 7,
  attempts: 3,
  maxAttempts: 5,
  failure,
  metadata: { list: [1, 'two', null], nested: { deep: true } },
  properties: { text: { words: 3 } },
  processing: null,
  queue: null,
  claimableAt: null,
  createdAt: at(1),
  updatedAt: at(2),
  dueAt: at(3),
};

const change: NewChange = {
  tenant: file.tenant,
  fileId: file.id,
  version: 7,
  kind: 'TRANSITIONED',
  event: 'FAIL_PROCESSING',
  fromState: 'PROCESSING',
  toState: 'FAILED',
  attemptId: uuidv7(),
  actor: 'an actor',
  failure,
  file: snapshotOf(file),
  occurredAt: at(4),
};

const record: IdempotencyRecord = {
  tenant: file.tenant,
  scope: file.id,
  key: 'a key',
  fingerprint: 'cd'.repeat(32),
  fileId: file.id,
  version: 7,
  createdAt: at(5),
};

const header = 'filename YQ==,is_confidential';

const TABLES = ['metadata_header', 'file', 'file_change', 'idempotency_record'];

/** All rows, but for the numbers that the database gives out; then the tables are empty again. */
async function takeRows(): Promise<Record<string, object[]>> {
  const rows: Record<string, object[]> = {};
  for (const table of TABLES) {
    const numbered = table === 'file_change' ? 'id' : '';
    const found = await database.query<{ row: object }>(`select to_jsonb(t) - '${numbered}' as row from ${table} as t`);
    rows[table] = found.map(({ row }) => row);
  }
  for (const table of TABLES) await database.query(`delete from ${table}`);
  return rows;
}

async function writeBatch(locked: readonly File[], write: (writes: BatchWrites) => void): Promise<void> {
  await transact(orm, PATIENT, (transaction) => {
    const writes = new BatchWrites(locked);
    write(writes);
    writes.send(transaction);
    return Promise.resolve();
  });
}

async function flush(): Promise<void> {
  const em = orm.em.fork();
  em.create(File, { ...file });
  em.create(MetadataHeader, { fileId: file.id, tenant: file.tenant, value: header });
  // Without what the other columns say; only a registration is logged with its metadata.
  const { metadata: _metadata, ...logged } = change.file;
  em.create(FileChange, { ...change, file: toLogged(change, logged) } as RequiredEntityData<FileChange>);
  em.create(IdempotencyRecord, { ...record });
  await em.flush();
}

it('new rows are the same', async () => {
  await flush();
  const flushed = await takeRows();
  await writeBatch([], (writes) => {
    writes.create(file, header);
    writes.log(change);
    writes.remember(record);
  });
  expect(await takeRows()).toEqual(flushed);
  const empty = /^\[\]|(?<!"(?:position|processing|queue|claimable_at|retryAt)"):null/;
  for (const table of TABLES) expect(JSON.stringify(flushed[table]), table).not.toMatch(empty);
});

it('what changes of a file after its registration is written, and nothing else', async () => {
  const next: Partial<File> = {
    state: 'UNTRACKED',
    version: 8,
    attempts: 4,
    bytesReceived: 0,
    sha256: null,
    failure: null,
    updatedAt: at(9),
    dueAt: null,
  };
  await flush();
  const em = orm.em.fork();
  em.assign(await em.findOneOrFail(File, file.id), next);
  await em.flush();
  const { file: flushed } = await takeRows();
  await flush();
  const locked = { ...file };
  await writeBatch([locked], () => Object.assign(locked, next));
  expect((await takeRows())['file']).toEqual(flushed);
});

it('a locked row has the values of the entity', async () => {
  await flush();
  const command = { ...sending(file.id, 'RETRY'), tenant: file.tenant };
  const { files } = await transact(orm, PATIENT, (transaction) => lockFiles(transaction, [command], 'skip'));
  const locked = files.get(file.id)!;
  const row = { ...locked, metadata: membersOf(locked.metadata), properties: membersOf(locked.properties) };
  expect(row).toEqual(file);
  expect(row).toEqual({ ...(await orm.em.fork().findOneOrFail(File, file.id)) });
});

it('a removed file leaves no row', async () => {
  await flush();
  await writeBatch([{ ...file }], (writes) => writes.remove(file));
  expect((await takeRows())['file']).toEqual([]);
});
