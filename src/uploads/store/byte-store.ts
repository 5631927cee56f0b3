// Where bytes are kept, behind one interface: local files and S3 pass the same conformance suite
// (test/uploads/store/byte-store-suite.ts). A store knows segments by name and nothing about files; the database knows which
// segments make up a file and how many of their bytes count (src/entities/segment.ts).
import type { Readable } from 'node:stream';
import { DomainError } from '../../errors.ts';

/** The store can take no more bytes (disk full, quota): 507 (RFC 4918 section 11.5). */
export class StorageFull extends DomainError<'STORAGE_FULL'> {
  constructor(cause: unknown) {
    super('STORAGE_FULL', 'The byte store is full.', { cause });
  }
}

/** The store does not hold the bytes that the database counts on. */
export class BytesLost extends DomainError<'BYTES_LOST'> {
  constructor(segment: string, cause?: unknown) {
    super('BYTES_LOST', `The bytes of segment ${segment} are not in the byte store.`, { cause });
  }
}

/** The store cannot be reached or written to, or is not the one that belongs to the database. */
export class StoreUnavailable extends DomainError<'STORE_UNAVAILABLE'> {
  constructor(cause: unknown) {
    super('STORE_UNAVAILABLE', 'The byte store cannot be used.', { cause });
  }
}

export interface ByteStore {
  /** The most bytes of one segment; a longer file has several. Infinity: no limit. */
  readonly segmentBytes: number;
  /** Whether a later writer can append to a segment. Otherwise each writer begins its own. */
  readonly canContinue: boolean;
  /**
   * Opens a segment for writing after its first `at` bytes (0: a new one); what it holds beyond them is dropped. Names are
   * UUIDs. Open a segment again only when its last writer is known to have closed it: a writer that merely lost its lease
   * may still write, and would overwrite its successor's bytes. The successor of such a writer begins another segment.
   * @throws BytesLost when it holds fewer than `at` bytes; StorageFull; TypeError when the name is not a UUID
   */
  openSegment(name: string, at: number): Promise<SegmentWriter>;
  /**
   * The bytes from `start` (inclusive) to `end` (exclusive) of a segment, which has at least `end`.
   * @throws BytesLost, here or as the stream's error
   */
  readSegment(name: string, start: number, end: number): Promise<Readable>;
  /** Removes a segment durably. One that does not exist is no error. */
  removeSegment(name: string): Promise<void>;
  /** What identifies the store (identity.ts); null: nothing was written yet, or the store is another one. */
  readMarker(): Promise<string | null>;
  /** Durable once it resolves. */
  writeMarker(id: string): Promise<void>;
  /** Closes connections. */
  close(): Promise<void>;
}

/** One writer of one segment. Calls come one after another, except `sync`, which may run beside `write`. */
export interface SegmentWriter {
  /** Why not everything written could be saved; undefined: nothing has failed yet. Check it after `seal`. */
  readonly failure: Error | undefined;
  /**
   * Takes a chunk over: the caller must not use it afterwards, because its memory may be freed once it is written. Resolves
   * when the next may follow.
   * @throws StorageFull, possibly for an earlier chunk
   */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Makes durable what was written before the call, as far as the store can in mid-segment.
   * @throws StorageFull, or what else prevented it
   * @returns how many bytes of the segment, counted from its beginning, are durable
   */
  sync(): Promise<number>;
  /**
   * Makes durable all that was written and closes. After an error of `write` it still saves what it can. Never throws:
   * when not all could be saved, `failure` says why.
   * @returns how many bytes of the segment are durable
   */
  seal(): Promise<number>;
  /** Closes without saving: what was not synced may be lost. Never throws. */
  abandon(): Promise<void>;
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** @throws TypeError: names become paths and keys, and any that is not a UUID is a defect of the caller. */
export function assertSegmentName(name: string): void {
  if (!UUID.test(name)) throw new TypeError(`${JSON.stringify(name)} does not name a segment`);
}
