// The byte store in local files: `<dir>/<last two hex digits of the UUID>/<UUID>`. Not the first digits,
// which are the time of a UUIDv7 and would put all new files into one directory.
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { createDirectory } from '../../../create-directory.ts';
import { BytesLost, type ByteStore, type SegmentWriter, assertSegmentName } from '../byte-store.ts';
import { asStoreError } from '../disk-errors.ts';
import { expectBytes } from '../expect-bytes.ts';
import { readMarkerFile, writeMarkerFile } from './marker.ts';
import { FileSegmentWriter } from './segment-writer.ts';
import { syncDirectory } from './sync-directory.ts';

const SHARDS = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));
const { O_WRONLY, O_CREAT, O_TRUNC } = constants;

/** Creates the directory and its shards durably, so that a new segment has one directory entry to sync. */
export async function openFileStore(path: string): Promise<ByteStore> {
  const dir = resolve(path);
  const topmostCreated = await createDirectory(dir, 0o700);
  await Promise.all(SHARDS.map((shard) => createDirectory(join(dir, shard), 0o700)));
  const topmost = topmostCreated === undefined ? dir : dirname(topmostCreated);
  for (let parent = dir; parent.length >= topmost.length; parent = dirname(parent)) {
    await syncDirectory(parent);
    if (parent === dirname(parent)) break;
  }
  return new FileStore(dir);
}

class FileStore implements ByteStore {
  readonly segmentBytes = Infinity;
  readonly canContinue = true;
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async openSegment(name: string, at: number): Promise<SegmentWriter> {
    const path = this.#pathOf(name);
    return at === 0 ? createSegment(path) : continueSegment(path, name, at);
  }

  async readSegment(name: string, start: number, end: number): Promise<Readable> {
    const path = this.#pathOf(name);
    if (start >= end) return Readable.from([]);
    const handle = await openExisting(path, name, 'r');
    try {
      await assertHolds(handle, name, end);
    } catch (error) {
      await handle.close();
      throw error;
    }
    // The stream closes the handle.
    return expectBytes(handle.createReadStream({ start, end: end - 1 }), end - start, name);
  }

  async removeSegment(name: string): Promise<void> {
    const path = this.#pathOf(name);
    await unlink(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    // Its row is deleted next: a file that came back after a power failure would never be removed.
    await syncDirectory(dirname(path));
  }

  async readMarker(): Promise<string | null> {
    return await readMarkerFile(this.#dir);
  }

  async writeMarker(id: string): Promise<void> {
    await writeMarkerFile(this.#dir, id);
  }

  async close(): Promise<void> {}

  #pathOf(name: string): string {
    assertSegmentName(name);
    return join(this.#dir, name.slice(-2), name);
  }
}

async function createSegment(path: string): Promise<SegmentWriter> {
  try {
    const handle = await open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600);
    return new FileSegmentWriter(handle, 0, dirname(path));
  } catch (error) {
    throw asStoreError(error);
  }
}

async function continueSegment(path: string, name: string, at: number): Promise<SegmentWriter> {
  const handle = await openExisting(path, name, 'r+');
  try {
    await assertHolds(handle, name, at);
    await handle.truncate(at);
    return new FileSegmentWriter(handle, at);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openExisting(path: string, name: string, flags: string): Promise<FileHandle> {
  return open(path, flags).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new BytesLost(name, error) : error;
  });
}

async function assertHolds(handle: FileHandle, name: string, length: number): Promise<void> {
  const { size } = await handle.stat();
  if (size < length) throw new BytesLost(name);
}
