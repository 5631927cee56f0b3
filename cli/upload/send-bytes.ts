// Sends the bytes of one file, from the server's offset to the end, through lost connections and locks. @waybill/client makes
// one attempt; this file decides what it reads, and patience.ts when it is tried again.
import { WaybillError } from '../../packages/client/src/index.ts';
import { sendBytes as sendOnce } from '../../packages/client/src/upload.ts';
import { toCliError } from '../api/client-errors.ts';
import type { OnRetry } from '../api/pause.ts';
import { type Server, credentialsOf } from '../api/server.ts';
import { CliError } from '../errors.ts';
import { Patience, Silence } from './patience.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { Source } from './source.ts';
import { UploadRefused } from './upload-refused.ts';

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
  /** Begin anew when no byte has moved for this long. */
  readonly silenceMs?: number;
}

// A slow line may need this long to send what the kernel has buffered.
const SILENCE_MS = 120_000;

/**
 * Resolves when the server has acknowledged the last byte.
 * @throws UploadRefused, UploadStuck, Unreachable, SourceChanged, or the signal's reason
 */
export async function sendBytes(options: SendOptions, signal: AbortSignal): Promise<void> {
  const { server, uploadUrl, source, limiter, chunkSize, onProgress, silenceMs = SILENCE_MS } = options;
  const patience = new Patience(server.url, options.onRetry);
  const sending = {
    file: {
      size: source.size,
      read: async (start: number, end: number) => {
        await source.assertUnchanged();
        return source.read(start, end, limiter);
      },
    },
    uploadUrl,
    chunkSize,
    headers: { ...credentialsOf(server) },
    silenceMs,
    onSent: onProgress,
    onReceived: (offset: number) => patience.received(offset),
    onStuck: (status: number, offset: number) => patience.stuck(status, offset, signal),
  };
  // A signal of its own, so that its listeners are collected with the upload.
  const own = AbortSignal.any([signal]);
  for (;;) {
    signal.throwIfAborted();
    try {
      return await sendOnce(sending, own);
    } catch (error) {
      signal.throwIfAborted();
      await patience.wait(toError(server.url, error), signal);
    }
  }
}

function toError(url: string, error: unknown): Error {
  if (!(error instanceof WaybillError)) return toCliError(url, error);
  if (error.cause instanceof CliError) return error.cause;
  if (error.code === 'NETWORK' && error.cause === undefined) return new Silence();
  return 'status' in error.extensions ? UploadRefused.from(error) : toCliError(url, error);
}
