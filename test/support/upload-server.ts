// A running Waybill whose byte store the test can read, to compare it with the database.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import type { ByteStore } from '../../src/uploads/store/byte-store.ts';
import { openFileStore } from '../../src/uploads/store/file/file-store.ts';
import { digestOf } from './bytes.ts';
import type { TestDatabase } from './database.ts';
import { type Instance, startInstance } from './instance.ts';

export interface Held {
  readonly state: string;
  readonly sha256: string | null;
  readonly bytes: Buffer;
}

export interface UploadServer extends Instance {
  readonly store: ByteStore;
  /** The stored bytes of an upload. @throws unless row, segments and store agree */
  held(url: string): Promise<Held>;
}

export interface StorageDirectory {
  /** For WAYBILL_STORAGE_URL. */
  readonly url: string;
  readonly path: string;
  readonly store: ByteStore;
  remove(): Promise<void>;
}

export async function createStorage(): Promise<StorageDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'waybill-bytes-'));
  return {
    url: pathToFileURL(path).href,
    path,
    store: await openFileStore(path),
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

export async function startUploadServer(env: Record<string, string> = {}): Promise<UploadServer> {
  const storage = await createStorage();
  const instance = await startInstance({ env: { ...env, WAYBILL_STORAGE_URL: storage.url } });
  return {
    ...instance,
    store: storage.store,
    held: (url) => readHeld(instance.database, storage.store, url),
    stop: async () => {
      await instance.stop();
      await storage.remove();
    },
  };
}

const FILE_ID = /[0-9a-f-]{36}$/;

interface FileRow {
  readonly state: string;
  readonly received: number;
  readonly size: number;
  readonly sha256: string | null;
}

interface SegmentRow {
  readonly id: string;
  readonly start: number;
  readonly length: number;
}

/** Both as of one instant. */
const READ = `select
  (select jsonb_build_object('state', state, 'received', bytes_received, 'size', size, 'sha256', sha256)
   from file where id = $1) as file,
  (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'start', start, 'length', length) order by start), '[]')
   from segment where file_id = $1 and length > 0) as segments`;

/** @param url of the upload */
export async function readHeld(database: TestDatabase, store: ByteStore, url: string): Promise<Held> {
  const [fileId] = FILE_ID.exec(url) ?? [];
  const [row] = await database.query<{ file: FileRow | null; segments: SegmentRow[] }>(READ, [fileId]);
  if (row?.file == null) throw new Error(`no file behind ${url}`);
  const { state, received, size, sha256 } = row.file;
  const chunks: Buffer[] = [];
  let end = 0;
  for (const { id, start, length } of row.segments) {
    expect(start, 'a segment begins where the one before it ends').toBe(end);
    end += length;
    const stream = await store.readSegment(id, 0, length);
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  expect(end, 'the segments are as long as the row says').toBe(received);
  expect(bytes.length, 'the store holds what the row says').toBe(received);
  if (state === 'PROCESSING') expect({ received, sha256 }).toEqual({ received: size, sha256: digestOf(bytes) });
  return { state, sha256, bytes };
}
