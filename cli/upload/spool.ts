// Standard input and FIFOs: copied to a temporary file first, because the server needs to know the size in advance.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CliError } from '../errors.ts';
import { formatBytes } from '../output/units.ts';
import { reasonOfFileError } from './find-files.ts';
import type { FoundFile, FoundStream } from './find-files.ts';

// Left free, since other programs use the same directory.
const RESERVED_BYTES = 64 * 1_024 ** 2;

class SpoolFailed extends CliError<'SPOOL_FAILED'> {
  constructor(reason: string) {
    super('SPOOL_FAILED', `Cannot copy the input to a temporary file: ${reason}`);
  }
}

/** Temporary files of one command. */
export class Spool {
  readonly #reservedBytes: number;
  #dir: string | null = null;

  constructor(reservedBytes = RESERVED_BYTES) {
    this.#reservedBytes = reservedBytes;
  }

  /** @throws SpoolFailed, or the signal's reason */
  async copy({ path, ...name }: FoundStream, note: (line: string) => void, signal: AbortSignal): Promise<FoundFile> {
    this.#dir ??= await mkdtemp(join(tmpdir(), 'waybill-'));
    const limit = Math.max(0, (await freeBytes(this.#dir)) - this.#reservedBytes);
    const shown = path === '-' ? 'standard input' : path;
    note(`waybill: copying ${shown} to a temporary file in ${tmpdir()} ($TMPDIR; ${formatBytes(limit)} free) …`);
    const copy = join(this.#dir, String(process.hrtime.bigint()));
    try {
      const input = path === '-' ? process.stdin : createReadStream(path);
      await pipeline(input, (source: Readable) => limitBytes(source, limit), createWriteStream(copy), { signal });
      return { path: copy, ...name, size: (await stat(copy)).size };
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof CliError ? error : new SpoolFailed(`${reasonOfFileError(error)}.`);
    }
  }

  async remove(): Promise<void> {
    if (this.#dir !== null) await rm(this.#dir, { recursive: true, force: true });
  }
}

async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

async function* limitBytes(source: Readable, limit: number): AsyncGenerator<Buffer, void> {
  let bytes = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) {
      throw new SpoolFailed(`it is larger than the free space in ${tmpdir()}. Name a larger directory with TMPDIR.`);
    }
    yield chunk;
  }
}
