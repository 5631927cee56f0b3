// The segments that one request writes, one after another: the open one of an earlier request where that may be gone on
// with, a new one where it may not, and another each time one is full.
import type { SegmentLength } from '../lifecycle/commands.ts';
import type { ByteStore, SegmentWriter } from './byte-store.ts';
import type { Lease } from './leases.ts';
import type { SegmentRow, SegmentRows } from './segment-rows.ts';

interface Link {
  readonly row: SegmentRow;
  readonly writer: SegmentWriter;
  /** Bytes written, durable or not. */
  written: number;
}

export class SegmentChain {
  readonly #store: ByteStore;
  readonly #rows: SegmentRows;
  readonly #lease: Lease;
  /** Durable bytes of the segments that have grown, by id. */
  readonly #grown = new Map<string, number>();
  #link: Link | undefined;
  #last: SegmentRow | undefined;
  #offset: number;

  /** @param offset where in the file the first byte goes */
  constructor(store: ByteStore, rows: SegmentRows, lease: Lease, offset: number) {
    this.#store = store;
    this.#rows = rows;
    this.#lease = lease;
    this.#offset = offset;
  }

  /** Durable bytes of the file. */
  get offset(): number {
    return this.#offset;
  }

  /** Durable bytes of the segments that have grown. */
  get segments(): SegmentLength[] {
    return [...this.#grown].map(([id, length]) => ({ id, length }));
  }

  /** The last segment, with its durable bytes; undefined before the first byte was written. */
  get last(): SegmentRow | undefined {
    return this.#last;
  }

  /** @throws StorageFull, BytesLost, UploadError 404, 423 */
  async write(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      const link = (this.#link ??= await this.#open());
      const part = rest.subarray(0, this.#store.segmentBytes - link.written);
      rest = rest.subarray(part.length);
      link.written += part.length;
      await link.writer.write(part);
      if (link.written >= this.#store.segmentBytes) await this.#close();
    }
  }

  /** Makes durable what can be in mid-segment; may run beside `write`. */
  async sync(): Promise<void> {
    const link = this.#link;
    if (link === undefined) return;
    const bytes = await link.writer.sync();
    // Closed meanwhile: that has said more.
    if (this.#link === link) this.#note(link, bytes);
  }

  /**
   * Makes durable all that can be, and closes.
   * @returns what kept the rest from being saved; undefined: all was
   */
  async seal(): Promise<Error | undefined> {
    const link = this.#link;
    if (link === undefined) return undefined;
    this.#link = undefined;
    this.#note(link, await link.writer.seal());
    return link.writer.failure;
  }

  /** Closes; what was not synced is dropped. */
  async abandon(): Promise<void> {
    await this.#link?.writer.abandon();
    this.#link = undefined;
  }

  async #open(): Promise<Link> {
    const continued = this.#store.canContinue ? await this.#rows.findOpen(this.#lease.fileId, this.#offset) : null;
    const row = continued ?? (await this.#rows.begin(this.#lease, this.#offset));
    const writer = await this.#store.openSegment(row.id, row.length);
    return { row, writer, written: row.length };
  }

  /** @throws what kept a full segment from being saved */
  async #close(): Promise<void> {
    const failure = await this.seal();
    if (failure !== undefined) throw failure;
  }

  #note({ row }: Link, bytes: number): void {
    if (bytes < row.length) return; // a store that makes nothing durable in mid-segment
    this.#grown.set(row.id, bytes);
    this.#last = { ...row, length: bytes };
    this.#offset = row.start + bytes;
  }
}
