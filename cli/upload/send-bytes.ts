// Sends the bytes of one file over tus 1.0 (https://tus.io/protocols/resumable-upload), from the server's offset to the
// end, through lost connections and locks. tus-js-client speaks the protocol; this file decides what it reads and when it
// retries.
import type { Readable } from 'node:stream';
import { type DetailedError, Upload, type UploadOptions } from 'tus-js-client';
import { toWaitMs } from '../api/rate-limits.ts';
import type { OnRetry } from '../api/pause.ts';
import { newRetryDelays } from '../api/retry.ts';
import { reasonOf } from '../network-reason.ts';
import { type Server, credentialsOf } from '../api/server.ts';
import { CliError, Unreachable } from '../errors.ts';
import type { Source } from './source.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { requireProgress } from './require-progress.ts';
import { UploadRefused } from './upload-refused.ts';
import { Watchdog } from './watchdog.ts';

export interface SendOptions {
  readonly server: Server;
  readonly uploadUrl: string;
  readonly source: Source;
  readonly limiter: RateLimiter | null;
  /** Maximum bytes of one request. */
  readonly chunkSize: number;
  /** Bytes sent or acknowledged so far; the number can go down after a lost connection. */
  readonly onProgress: (bytes: number) => void;
  readonly onRetry: OnRetry;
  /** Restart the request when no byte has moved for this long. */
  readonly silenceMs?: number;
}

/**
 * Resolves when the server has acknowledged the last byte.
 * @throws UploadRefused, UploadStuck, Unreachable, SourceChanged, or the signal's reason
 */
export async function sendBytes(options: SendOptions, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { server, silenceMs } = options;
  // A signal of its own, so that its listener is collected with the upload.
  const own = AbortSignal.any([signal]);
  let stop = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const upload = createUpload(options, resolve, reject);
      const watchdog = new Watchdog(
        upload,
        () => reject(new Unreachable(server.url, 'it stopped responding')),
        silenceMs,
      );
      stop = () => {
        watchdog.stop();
        void upload.abort();
      };
      own.addEventListener('abort', () => reject(own.reason as Error));
      upload.start();
    });
  } finally {
    stop();
  }
}

function createUpload(options: SendOptions, resolve: () => void, reject: (error: Error) => void): Upload {
  const { server, uploadUrl, source, limiter, chunkSize, onProgress, onRetry } = options;
  const retryDelays = newRetryDelays();
  const tusOptions: UploadOptions = {
    uploadUrl,
    uploadSize: source.size,
    chunkSize,
    headers: { ...credentialsOf(server) },
    retryDelays,
    storeFingerprintForResuming: false,
    fingerprint: () => Promise.resolve(''),
    fileReader: { openFile: () => Promise.resolve(toFileSource(source, limiter, reject)) },
    onProgress,
    onSuccess: resolve,
    onError: (error) => reject(toError(server.url, error)),
    onAfterResponse: requireProgress(reject, onRetry),
    onShouldRetry: (error, attempt) => {
      const reason = toError(server.url, error);
      const waitMs = reason instanceof UploadRefused ? toWaitMs(reason.retryAfterSeconds) : null;
      // A wait that the server asks for is none of the retries: those after it are still there.
      if (waitMs !== null) retryDelays.splice(attempt, 0, waitMs);
      const again = isRetryable(reason, attempt);
      if (again) onRetry(reason, retryDelays[attempt] ?? 0);
      return again;
    },
  };
  // tus-js-client reads through fileReader; it only checks that this argument is set.
  return new Upload(Buffer.alloc(0), tusOptions);
}

type FileSource = Awaited<ReturnType<NonNullable<UploadOptions['fileReader']>['openFile']>>;

/** tus-js-client does not listen for errors of the stream: without `onBroken` the request would hang. */
function toFileSource(source: Source, limiter: RateLimiter | null, onBroken: (error: Error) => void): FileSource {
  return {
    size: source.size,
    slice: async (start, end) => {
      await source.assertUnchanged();
      const value: Readable & { size?: number } = source.read(start, end, limiter);
      value.size = end - start;
      value.on('error', onBroken);
      return { value, done: end >= source.size };
    },
    close: () => undefined,
  };
}

function toError(url: string, error: Error | DetailedError): Error {
  if (!('originalResponse' in error)) return error;
  const { originalResponse: response, causingError } = error;
  if (response !== null) return UploadRefused.from(response);
  if (causingError instanceof CliError) return causingError;
  return new Unreachable(url, reasonOf(causingError ?? error), { cause: error });
}

// 409 and 423: another writer holds the upload or the offset has moved; HEAD tells. A full disk (507) stays full.
const RETRYABLE_STATUSES = [409, 423, 429];
const INSUFFICIENT_STORAGE = 507;

// An error of the server itself, not of a proxy or a restart: it has had the bytes and may want them all again.
const INTERNAL_ERROR = 500;
const MAX_INTERNAL_ERRORS = 4;

function isRetryable(reason: Error, attempt: number): boolean {
  if (!(reason instanceof UploadRefused)) return reason instanceof Unreachable;
  if (reason.status === INTERNAL_ERROR) return attempt < MAX_INTERNAL_ERRORS;
  return RETRYABLE_STATUSES.includes(reason.status) || (reason.status >= 500 && reason.status !== INSUFFICIENT_STORAGE);
}
