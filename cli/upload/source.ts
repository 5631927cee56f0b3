// A local file while it is uploaded: read through one handle, and checked for changes.
import { createHash } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CliError } from '../errors.ts';
import { reasonOfFileError } from './find-files.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { UploadIdentity } from './resume-store.ts';

const BLOCK_BYTES = 256 * 1_024;

export class SourceUnreadable extends CliError<'SOURCE_UNREADABLE'> {
  constructor(error: unknown) {
    super('SOURCE_UNREADABLE', `Cannot read the file: ${reasonOfFileError(error)}.`, { cause: error });
  }
}

/** Continuing would mix the bytes of two versions in one upload. */
export class SourceChanged extends CliError<'SOURCE_CHANGED'> {
  constructor(what: string) {
    super('SOURCE_CHANGED', `The file changed while it was being uploaded: ${what}. The upload was not completed.`);
  }

  static sinceRegistration(): SourceChanged {
    return new SourceChanged('it was written to after it was registered');
  }
}

interface Fingerprint {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ino: bigint;
}

/** @param now null when nothing is there; @returns null when nothing changed */
export function describeChange(before: Fingerprint, now: Fingerprint | null): string | null {
  if (now === null) return 'it is gone';
  if (now.size !== before.size) return `it had ${before.size} bytes and has ${now.size}`;
  return now.mtimeNs === before.mtimeNs && now.ino === before.ino ? null : 'it was written to or replaced';
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

  /** @throws SourceUnreadable, or SourceChanged when the file is not the one identified before */
  static async open(path: string, identity?: UploadIdentity): Promise<Source> {
    const handle = await open(path).catch((error: unknown) => {
      throw new SourceUnreadable(error);
    });
    const found = await handle.stat({ bigint: true });
    const isSame = Number(found.size) === identity?.size && found.mtimeNs === identity.mtimeNs;
    if (isSame || identity === undefined) return new Source(path, handle, found);
    await handle.close();
    throw SourceChanged.sinceRegistration();
  }

  /** Bytes. */
  get size(): number {
    return Number(this.#before.size);
  }

  /** Checks the path, to notice a replaced file too. @throws SourceChanged */
  async assertUnchanged(): Promise<void> {
    const now = await stat(this.path, { bigint: true }).catch(() => null);
    const change = describeChange(this.#before, now);
    if (change !== null) throw new SourceChanged(change);
  }

  /** The bytes from `start` to `end` (exclusive). The last block is yielded only after a check that the file did not change. */
  read(start: number, end: number, limiter: RateLimiter | null = null): Readable {
    return Readable.from(this.#readBlocks(start, end, limiter), { objectMode: false });
  }

  async *#readBlocks(start: number, end: number, limiter: RateLimiter | null): AsyncGenerator<Buffer, void> {
    const blockBytes = Math.min(BLOCK_BYTES, limiter?.blockBytes ?? BLOCK_BYTES);
    for (let at = start; at < end;) {
      const { bytesRead, buffer } = await this.#handle.read({
        buffer: Buffer.allocUnsafe(Math.min(blockBytes, end - at)),
        position: at,
      });
      at += bytesRead;
      if (at >= end || bytesRead === 0) await this.assertUnchanged();
      if (bytesRead === 0) throw new SourceChanged('it ends too early');
      await limiter?.take(bytesRead);
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** SHA-256, lower-case hex. @throws SourceChanged, and the signal's reason */
  async digest(onRead: (bytes: number) => void, signal: AbortSignal): Promise<string> {
    const hash = createHash('sha256');
    let read = 0;
    for await (const block of this.#readBlocks(0, this.size, null)) {
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
