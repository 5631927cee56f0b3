// Sends bytes with tus-js-client at the pace of a slow line, on which the connection may break once.
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientRequest } from 'node:http';
import { DetailedError, type HttpRequest, Upload } from 'tus-js-client';

export interface PacedUpload {
  /** The file's `uploadUrl`. */
  readonly url: string;
  readonly bytes: Buffer;
  /** How long the bytes take. */
  readonly durationMs: number;
  /** Breaks the connection once, after so many bytes; Infinity: never. */
  readonly cutAt: number;
  /** Pause before an upload is resumed. */
  readonly retryMs: number;
  readonly signal: AbortSignal;
  readonly onCut: () => void;
  /** The upload resumes at this offset, which the server named. */
  readonly onResume: (offset: number) => void;
}

/** All bytes arrived, and their SHA-256 is not the one declared. */
export class ChecksumMismatch extends Error {}

const CHECKSUM_MISMATCH = 460;
// Short enough for a progress bar to move smoothly.
const PIECE_MS = 50;

/**
 * Sends all bytes and resumes after a lost connection.
 * @throws ChecksumMismatch
 */
export async function sendBytes(paced: PacedUpload): Promise<void> {
  const { url, bytes, retryMs, signal, onCut, onResume } = paced;
  let request: HttpRequest | undefined;
  let isCut = false;
  const cut = (): void => {
    isCut = true;
    onCut();
    (request?.getUnderlyingObject() as ClientRequest | undefined)?.destroy();
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const upload = new Upload(bytes, {
    uploadUrl: url,
    retryDelays: Array.from({ length: 5 }, () => retryMs),
    fileReader: { openFile: () => Promise.resolve(createPacedSource(paced, cut)) },
    onBeforeRequest: (next) => void (request = next),
    onAfterResponse: (sent, response) => {
      if (!isCut || sent.getMethod() !== 'HEAD' || response.getStatus() !== 200) return;
      isCut = false;
      onResume(Number(response.getHeader('Upload-Offset')));
    },
    onSuccess: () => resolve(),
    onError: (error) => reject(toReason(error)),
  });
  const stop = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    upload.start();
    await promise;
  } finally {
    signal.removeEventListener('abort', stop);
    if (signal.aborted) await upload.abort();
  }
}

function createPacedSource({ bytes, durationMs, cutAt }: PacedUpload, cut: () => void) {
  let isWhole = true;
  const pieceSize = Math.max(1, Math.ceil((bytes.length / durationMs) * PIECE_MS));
  async function* readFrom(start: number): AsyncGenerator<Buffer> {
    for (let at = start; at < bytes.length; at += pieceSize) {
      await sleep(PIECE_MS);
      yield bytes.subarray(at, at + pieceSize);
      if (isWhole && at + pieceSize >= cutAt) {
        isWhole = false;
        cut();
        return;
      }
    }
  }
  return {
    size: bytes.length,
    // tus-js-client sends a body's `size` as its Content-Length.
    slice: (start: number) => {
      const value = Object.assign(Readable.from(readFrom(start)), { size: bytes.length - start });
      return Promise.resolve({ value, done: true });
    },
    close: () => undefined,
  };
}

function toReason(error: Error): Error {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (response?.getStatus() !== CHECKSUM_MISMATCH) return error;
  return new ChecksumMismatch(response.getBody().trim(), { cause: error });
}
