// Appends the bytes of one request to its file, in segments: it goes on with the open segment of an earlier request where
// the store allows that, otherwise begins one, and begins another whenever one is full.
import type { SegmentLength } from '../lifecycle/commands.ts';
import type { ByteStore, SegmentWriter } from './store/byte-store.ts';
import type { BegunSegment, Lease } from './leases.ts';
import type { SegmentRow, SegmentRows } from './segment-rows.ts';

interface OpenSegment {
  readonly row: SegmentRow;
  readonly writer: SegmentWriter;
  /** Bytes written, durable or not. */
  written: number;
}

export class SegmentAppender {
  readonly #store: ByteStore;
  readonly #rows: SegmentRows;
  readonly #lease: Lease;
  /** The segments that have grown, with their durable bytes, by id. */
  readonly #grown = new Map<string, SegmentRow>();
  #begun: BegunSegment | undefined;
  #open: OpenSegment | undefined;
  #last: SegmentRow | undefined;
  #offset: number;

  /** @param offset where in the file the first byte goes */
  constructor(store: ByteStore, rows: SegmentRows, lease: Lease, offset: number) {
    this.#store = store;
    this.#rows = rows;
    this.#lease = lease;
    this.#begun = lease.segment;
    this.#offset = offset;
  }

  /** Durable bytes of the file. */
  get offset(): number {
    return this.#offset;
  }

  /** The segments that have grown, with their durable bytes, in order. */
  get grown(): SegmentRow[] {
    return [...this.#grown.values()];
  }

  /** Durable bytes of the segments that have grown. */
  get segments(): SegmentLength[] {
    return this.grown.map(({ id, length }) => ({ id, length }));
  }

  /** The last segment, with its durable bytes; undefined before any byte is durable. */
  get last(): SegmentRow | undefined {
    return this.#last;
  }

  /** @throws StorageFull, BytesLost, UploadError 404, 423 */
  async append(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      const segment = (this.#open ??= await this.#openNext());
      const part = rest.subarray(0, this.#store.segmentBytes - segment.written);
      rest = rest.subarray(part.length);
      segment.written += part.length;
      await segment.writer.write(part);
      const failure = segment.written < this.#store.segmentBytes ? undefined : await this.seal();
      if (failure !== undefined) throw failure;
    }
  }

  /** Makes durable what can be in mid-segment; may run beside `append`. */
  async sync(): Promise<void> {
    const segment = this.#open;
    if (segment === undefined) return;
    const bytes = await segment.writer.sync();
    // Sealed meanwhile: that recorded at least as many.
    if (this.#open === segment) this.#recordDurable(segment, bytes);
  }

  /**
   * Makes durable all that can be, and closes.
   * @returns what kept the rest from being saved; undefined: everything was saved
   */
  async seal(): Promise<Error | undefined> {
    const segment = this.#open;
    if (segment === undefined) return undefined;
    this.#open = undefined;
    this.#recordDurable(segment, await segment.writer.seal());
    return segment.writer.failure;
  }

  /** Closes; what was not synced is dropped. */
  async abandon(): Promise<void> {
    await this.#open?.writer.abandon();
    this.#open = undefined;
  }

  async #openNext(): Promise<OpenSegment> {
    const row = this.#takeBegun() ?? (await this.#findOpen()) ?? (await this.#rows.begin(this.#lease, this.#offset));
    const writer = await this.#store.openSegment(row.id, row.length);
    return { row, writer, written: row.length };
  }

  /** The segment that was begun with the lease, if that was just now. */
  #takeBegun(): SegmentRow | null {
    const begun = this.#begun;
    this.#begun = undefined;
    if (begun === undefined || this.#offset > 0 || performance.now() > begun.usableUntil) return null;
    return { id: begun.id, start: 0, length: 0 };
  }

  async #findOpen(): Promise<SegmentRow | null> {
    // No segment ends where the file begins.
    if (!this.#store.canContinue || this.#offset === 0) return null;
    return await this.#rows.findOpen(this.#lease.fileId, this.#offset);
  }

  #recordDurable({ row }: OpenSegment, bytes: number): void {
    if (bytes < row.length) return; // a store that makes nothing durable in mid-segment
    this.#last = { ...row, length: bytes };
    this.#grown.set(row.id, this.#last);
    this.#offset = row.start + bytes;
  }
}
