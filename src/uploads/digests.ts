// SHA-256 over the bytes of an upload, carried from one request to the next in memory. A replica that has not seen the
// bytes before it reads them once from the store (docs/adr/0010).
import { type Hash, createHash } from 'node:crypto';
import type { ByteStore } from './byte-store.ts';
import type { SegmentRow, SegmentRows } from './segment-rows.ts';

/** A digest over the first `offset` bytes of a file. */
export class Digest {
  readonly #hash: Hash;
  #offset: number;

  constructor(hash: Hash = createHash('sha256'), offset = 0) {
    this.#hash = hash;
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#offset += bytes.length;
  }

  /** Lower-case hex; nothing can be added afterwards. */
  end(): string {
    return this.#hash.digest('hex');
  }
}

/** Names a state of the bytes: a segment that ends at an offset. Dropped bytes never come back under the same name. */
const nameOf = ({ id, start, length }: SegmentRow): string => `${id} ${start + length}`;

// Each is a few hundred bytes.
const MOST_KEPT = 10_000;

export class Digests {
  readonly #store: ByteStore;
  readonly #rows: SegmentRows;
  /** In order of use, oldest first. */
  readonly #kept = new Map<string, Digest>();

  constructor(store: ByteStore, rows: SegmentRows) {
    this.#store = store;
    this.#rows = rows;
  }

  /** Keeps a digest for the request that goes on behind `last`. */
  keep(last: SegmentRow, digest: Digest): void {
    this.#kept.set(nameOf(last), digest);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  /**
   * The digest of the first `offset` bytes; it is the caller's from then on.
   * @throws BytesLost
   */
  async take(fileId: string, offset: number): Promise<Digest> {
    if (offset === 0) return new Digest();
    const segments = await this.#rows.list(fileId, offset);
    const last = segments.at(-1);
    const kept = last === undefined ? undefined : this.#kept.get(nameOf(last));
    if (last === undefined || kept === undefined) return await this.#read(segments);
    this.#kept.delete(nameOf(last));
    return kept;
  }

  async #read(segments: readonly SegmentRow[]): Promise<Digest> {
    const digest = new Digest();
    for (const { id, length } of segments) {
      const bytes = await this.#store.readSegment(id, 0, length);
      for await (const chunk of bytes as AsyncIterable<Uint8Array>) digest.update(chunk);
    }
    return digest;
  }
}
