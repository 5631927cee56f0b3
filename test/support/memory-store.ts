// A byte store in memory that can fail on demand and counts its readers.
import { Readable } from 'node:stream';
import { type ByteStore, BytesLost, type SegmentWriter } from '../../src/uploads/store/byte-store.ts';

export class MemoryStore implements ByteStore {
  readonly segmentBytes = Number.POSITIVE_INFINITY;
  readonly canContinue = true;
  readonly segments = new Map<string, Buffer>();
  /** Streams it has handed out that are neither read to the end nor destroyed. */
  readonly open = new Set<Readable>();
  #marker: string | null = null;
  /** Bytes handed out. */
  sent = 0;
  chunkBytes = 16 * 1024;
  /** Called before each chunk; may throw or wait. */
  beforeChunk: (segment: string, at: number) => Promise<void> = () => Promise.resolve();

  openSegment(name: string, at: number): Promise<SegmentWriter> {
    let held = (this.segments.get(name) ?? Buffer.alloc(0)).subarray(0, at);
    const durable = (): Promise<number> => {
      this.segments.set(name, held);
      return Promise.resolve(held.length);
    };
    return Promise.resolve({
      failure: undefined,
      write: (chunk) => {
        held = Buffer.concat([held, chunk]);
        return Promise.resolve();
      },
      sync: durable,
      seal: durable,
      abandon: () => Promise.resolve(),
    });
  }

  readSegment(name: string, start: number, end: number): Promise<Readable> {
    const bytes = this.segments.get(name);
    if (bytes === undefined) return Promise.reject(new BytesLost(name));
    const stream = Readable.from(this.#chunks(name, bytes.subarray(start, end)), { objectMode: false });
    this.open.add(stream);
    // Before its generator has returned, which one that hangs never does.
    const destroy = stream.destroy.bind(stream);
    stream.destroy = (error) => {
      this.open.delete(stream);
      return destroy(error);
    };
    return Promise.resolve(stream);
  }

  removeSegment(name: string): Promise<void> {
    this.segments.delete(name);
    return Promise.resolve();
  }

  readMarker(): Promise<string | null> {
    return Promise.resolve(this.#marker);
  }

  writeMarker(id: string): Promise<void> {
    this.#marker = id;
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async *#chunks(name: string, bytes: Buffer): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += this.chunkBytes) {
      await this.beforeChunk(name, at);
      const chunk = bytes.subarray(at, at + this.chunkBytes);
      this.sent += chunk.length;
      yield chunk;
    }
  }
}
