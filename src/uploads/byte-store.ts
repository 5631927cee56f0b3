// Where bytes rest, behind one interface: local files and S3 satisfy the same conformance suite
// (test/uploads/byte-store-suite.ts). A store knows segments by name and nothing of files; which segments make up a file,
// and how many of their bytes count, is the database's to say (src/entities/segment.ts).
import type { Readable } from 'node:stream';
import { DomainError } from '../errors.ts';

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

export interface ByteStore {
  /** Most bytes of one segment: with more, a file begins another. Infinity: never for its size. */
  readonly segmentBytes: number;
  /** Whether a later writer can write on at the end of a segment. Otherwise each writer begins its own. */
  readonly canContinue: boolean;
  /**
   * Opens a segment for writing behind its first `at` bytes (0: a new one); what it holds beyond them is dropped.
   * Names are UUIDs. A segment may be opened again only when its last writer is known to have closed it: one that has
   * merely lost its lease may still write, over what its successor has put there. It is left its segment, behind whose
   * acknowledged bytes it can do no harm; the successor begins another.
   * @throws BytesLost when it holds fewer than `at` bytes; StorageFull; TypeError for a name that is no UUID
   */
  openSegment(name: string, at: number): Promise<SegmentWriter>;
  /**
   * The bytes from `start` (inclusive) to `end` (exclusive) of a segment that has at least so many.
   * @throws BytesLost, here or as the stream's error
   */
  readSegment(name: string, start: number, end: number): Promise<Readable>;
  /** Removes whatever there is of a segment, durably. One that is not there is removed already. */
  removeSegment(name: string): Promise<void>;
  /** Lets go of connections. */
  close(): Promise<void>;
}

/** One writer of one segment. Calls come one after another, except `sync`, which may run beside `write`. */
export interface SegmentWriter {
  /** Why not all that was written can be saved; undefined: nothing has gone wrong yet. To be looked at after `seal`. */
  readonly failure: Error | undefined;
  /**
   * Takes a chunk, which the caller does not touch again; resolves when more may come.
   * @throws StorageFull, possibly for an earlier chunk
   */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Makes durable what was written before the call, as far as the store can in mid-segment.
   * @throws StorageFull, or what else kept it from being saved
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
