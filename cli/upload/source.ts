// A local file while its bytes are sent: read through one handle, and known to be the same file all the way.
import { createHash } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CliError } from '../errors.ts';
import { reasonOfFileError } from './find-files.ts';

const BLOCK_BYTES = 256 * 1_024;

class SourceUnreadable extends CliError<'SOURCE_UNREADABLE'> {
  constructor(error: unknown) {
    super('SOURCE_UNREADABLE', `It cannot be read: ${reasonOfFileError(error)}.`, { cause: error });
  }
}

/** Sent on, the bytes of two files would be mixed in one. */
export class SourceChanged extends CliError<'SOURCE_CHANGED'> {
  constructor(what: string) {
    super('SOURCE_CHANGED', `It changed while it was being uploaded: ${what}. Nothing was completed.`);
  }
}

interface Fingerprint {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ino: bigint;
}

export class Source {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #before: Fingerprint;

  private constructor(path: string, handle: FileHandle, before: Fingerprint) {
    this.path = path;
    this.#handle = handle;
    this.#before = before;
  }

  /** @throws SourceUnreadable */
  static async open(path: string): Promise<Source> {
    try {
      const handle = await open(path);
      return new Source(path, handle, await handle.stat({ bigint: true }));
    } catch (error) {
      throw new SourceUnreadable(error);
    }
  }

  /** Bytes. */
  get size(): number {
    return Number(this.#before.size);
  }

  /** When it was last written to, in nanoseconds. */
  get mtimeNs(): bigint {
    return this.#before.mtimeNs;
  }

  /** By its path, so that another file in its place is noticed too. @throws SourceChanged */
  async assertUnchanged(): Promise<void> {
    const now = await stat(this.path, { bigint: true }).catch(() => null);
    if (now === null) throw new SourceChanged('it is gone');
    const { size, mtimeNs, ino } = this.#before;
    if (now.size !== size) throw new SourceChanged(`it had ${size} bytes and has ${now.size}`);
    if (now.mtimeNs !== mtimeNs || now.ino !== ino) throw new SourceChanged('it was written to or replaced');
  }

  /** The bytes from `start` to `end` (exclusive). The last of them come only when all of them are known to be of one file. */
  read(start: number, end: number): Readable {
    return Readable.from(this.#readBlocks(start, end), { objectMode: false });
  }

  async *#readBlocks(start: number, end: number): AsyncGenerator<Buffer, void> {
    for (let at = start; at < end;) {
      const { bytesRead, buffer } = await this.#handle.read({
        buffer: Buffer.allocUnsafe(Math.min(BLOCK_BYTES, end - at)),
        position: at,
      });
      at += bytesRead;
      if (at >= end || bytesRead === 0) await this.assertUnchanged();
      if (bytesRead === 0) throw new SourceChanged('it ends too early');
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** SHA-256, lower-case hex. @throws SourceChanged, and the signal's reason */
  async digest(onRead: (bytes: number) => void, signal: AbortSignal): Promise<string> {
    const hash = createHash('sha256');
    let read = 0;
    for await (const block of this.#readBlocks(0, this.size)) {
      signal.throwIfAborted();
      hash.update(block);
      onRead((read += block.length));
    }
    return hash.digest('hex');
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
