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

// At once: a worker may wait for the file already. The foreign key is checked at the end of the statement.
const INSERT = `with inserted as (insert into file select * from jsonb_populate_record(null::file, $1::jsonb))
  insert into segment (id, file_id, start, length) select * from
    jsonb_to_recordset($2) as (id uuid, file_id uuid, start bigint, length bigint)`;

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function storeFile(
  database: TestDatabase,
  store: ByteStore,
  { bytes = Buffer.from('hello, world'), cuts = [], row = {} }: StoreOptions = {},
): Promise<StoredFile> {
  const fileId = uuidv7();
  const sha256 = digestOf(bytes);
  const segments = await writeSegments(store, bytes, cuts);
  const file = {
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
  };
  const rows = segments.map((segment) => ({ ...segment, file_id: fileId }));
  await database.query(INSERT, [JSON.stringify(file), JSON.stringify(rows)]);
  const id = `file_${fileId}`;
  return { fileId, id, path: `/files/${id}`, bytes, etag: `"${sha256}"`, segments: segments.map((each) => each.id) };
}

interface Segment {
  readonly id: string;
  readonly start: number;
  readonly length: number;
}

async function writeSegments(store: ByteStore, bytes: Buffer, cuts: readonly number[]): Promise<Segment[]> {
  const bounds = [0, ...cuts, bytes.length];
  const segments = bounds.slice(1).map((end, at) => ({ id: randomUUID(), start: bounds[at]!, end }));
  for (const { id, start, end } of segments) {
    const writer = await store.openSegment(id, 0);
    // A copy: a writer takes over what it is given.
    await writer.write(new Uint8Array(bytes.subarray(start, end)));
    // Bytes that were never acknowledged must not count, wherever they are.
    await writer.write(Buffer.from('unacknowledged'));
    await writer.seal();
  }
  return segments.map(({ id, start, end }) => ({ id, start, length: end - start }));
}
