// A complete file, written directly into the database and the byte store.
import { createHash, randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { ByteStore } from '../../src/uploads/store/byte-store.ts';
import type { TestDatabase } from './database.ts';
import { NOT_TAKEN } from './not-taken.ts';

export interface StoredFile {
  /** UUID. */
  readonly fileId: string;
  /** Global id. */
  readonly id: string;
  readonly path: string;
  readonly bytes: Buffer;
  readonly etag: string;
  /** Names in the byte store, in order. */
  readonly segments: readonly string[];
}

export interface StoreOptions {
  readonly bytes?: Buffer;
  /** Where one segment ends and the next begins, in order. */
  readonly cuts?: readonly number[];
  /** Columns of the row that are not as they would be. */
  readonly row?: Readonly<Record<string, unknown>>;
}

/** The columns of a file in PROCESSING that no worker has taken. */
const WAITING = { processing: NOT_TAKEN, queue: 'external', claimable_at: NOT_TAKEN.since };

const INSERT_FILE = `insert into file select * from jsonb_populate_record(null::file, $1::jsonb)`;

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function storeFile(
  database: TestDatabase,
  store: ByteStore,
  { bytes = Buffer.from('hello, world'), cuts = [], row = {} }: StoreOptions = {},
): Promise<StoredFile> {
  const fileId = uuidv7();
  const sha256 = digestOf(bytes);
  await database.query(INSERT_FILE, [
    JSON.stringify({
      id: fileId,
      tenant: 'local',
      name: 'a file.txt',
      content_type: 'text/plain',
      transfer: 'MANAGED',
      size: bytes.length,
      bytes_received: bytes.length,
      sha256,
      digest_declared: false,
      state: 'INDEXED',
      version: 3,
      attempts: 1,
      max_attempts: 5,
      metadata: {},
      properties: {},
      ...(row['state'] === 'PROCESSING' && WAITING),
      created_at: new Date(),
      updated_at: new Date(),
      ...row,
    }),
  ]);
  const segments = await storeSegments(database, store, fileId, bytes, cuts);
  const id = `file_${fileId}`;
  return { fileId, id, path: `/files/${id}`, bytes, etag: `"${sha256}"`, segments };
}

async function storeSegments(
  database: TestDatabase,
  store: ByteStore,
  fileId: string,
  bytes: Buffer,
  cuts: readonly number[],
): Promise<string[]> {
  const bounds = [0, ...cuts, bytes.length];
  const rows = bounds.slice(1).map((end, at) => ({ id: randomUUID(), start: bounds[at]!, end }));
  for (const { id, start, end } of rows) {
    const writer = await store.openSegment(id, 0);
    await writer.write(bytes.subarray(start, end));
    // Bytes that were never acknowledged must not count, wherever they are.
    await writer.write(Buffer.from('unacknowledged'));
    await writer.seal();
  }
  await database.query(
    `insert into segment (id, file_id, start, length) select * from
      jsonb_to_recordset($1) as (id uuid, file_id uuid, start bigint, length bigint)`,
    [JSON.stringify(rows.map(({ id, start, end }) => ({ id, file_id: fileId, start, length: end - start })))],
  );
  return rows.map(({ id }) => id);
}
