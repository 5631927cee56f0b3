// Copies the bytes of a file into a temporary file for processors.
import type { FileHandle } from 'node:fs/promises';
import { constants } from 'node:os';
import { type Readable, addAbortSignal } from 'node:stream';
import type { Failure } from '../fsm/types.ts';

export interface SpoolSource {
  readonly size: number;
  readonly open: () => Promise<Readable>;
  readonly signal: AbortSignal;
}

// By number, because Node has no name for EDQUOT. EFBIG: the file system or a limit allows no larger file.
const FULL: readonly (number | undefined)[] = [constants.errno.ENOSPC, constants.errno.EDQUOT, constants.errno.EFBIG];

/**
 * @param file empty
 * @throws what the source or the file system throws, and when there are more or fewer bytes than there should be
 */
export async function writeBytes({ size, open, signal }: SpoolSource, file: FileHandle): Promise<void> {
  const stream = addAbortSignal(signal, await openUnless(signal, open));
  let written = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      if (written + chunk.length > size) throw new Error(`there are more bytes than the ${size} of the file`);
      await writeAll(file, chunk, written);
      written += chunk.length;
    }
  } finally {
    stream.destroy();
  }
  if (written < size) throw new Error(`there are ${written} bytes of the ${size} of the file`);
}

/** Both may be over soon: room is made, the store answers again. */
export function bytesFailure({ errno = 0 }: NodeJS.ErrnoException): Failure {
  return FULL.includes(-errno)
    ? { code: 'PROCESSING_STORAGE_FULL', message: 'There was no room for a temporary copy.', retryable: true }
    : { code: 'BYTES_UNREADABLE', message: 'The bytes of the file could not be read.', retryable: true };
}

/** A store that hangs does not hold up a cancellation. */
async function openUnless(signal: AbortSignal, openSource: () => Promise<Readable>): Promise<Readable> {
  signal.throwIfAborted();
  const opening = openSource();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => {
    aborted.reject(new Error('cancelled'));
    void opening.then((stream) => stream.destroy()).catch(() => {});
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([opening, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A disk that is nearly full takes a part of a chunk. */
async function writeAll(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < chunk.length;) {
    at += (await file.write(chunk, at, chunk.length - at, position + at)).bytesWritten;
  }
}
