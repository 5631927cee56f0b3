// Sends the bytes of a file over tus 1.0 (https://tus.io/protocols/resumable-upload), from the server's offset to the end,
// once: whoever calls this decides whether to try again.
import type { HttpRequest, HttpResponse, UploadOptions } from 'tus-js-client';
import { WaybillError } from '../errors.ts';
import { reasonOf } from '../wait.ts';
import { toSendError } from './refusals.ts';

export interface Sending {
  readonly file: Blob;
  readonly uploadUrl: string;
  readonly chunkSize: number | undefined;
  /** The next byte to leave this client. */
  readonly onSent: (offset: number) => void;
  /** The server has acknowledged what lies before the offset. */
  readonly onReceived: (offset: number) => void;
  /** When a byte has moved last, as others see it: performance.now(). */
  readonly movedAt: () => number;
}

/** For so long no byte may move: a network that fails in silence, or a laptop that has slept. */
const SILENCE_MS = 30_000;
const CHECK_MS = 3_000;
const NODE_CHUNK_BYTES = 16 * 2 ** 20;

/**
 * Resolves when the server has acknowledged the last byte.
 * @throws WaybillError, or the reason of the signal
 */
export async function sendBytes(sending: Sending, signal: AbortSignal): Promise<void> {
  const tus = await import('tus-js-client');
  const { file, chunkSize } = sending;
  const isNode = new tus.DefaultHttpStack({}).getName() === 'NodeHttpStack';
  let movedAt = performance.now();
  let stop = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(reasonOf(signal));
      const upload = new tus.Upload(isNode ? (new Uint8Array(0) as never) : file, {
        ...optionsOf(sending, () => (movedAt = performance.now())),
        ...(isNode && { fileReader: readerOf(file) }),
        chunkSize: chunkSize ?? (isNode ? NODE_CHUNK_BYTES : Infinity),
        onSuccess: () => resolve(),
        onError: (error) => reject(toSendError(error)),
      });
      const abort = (): void => reject(reasonOf(signal));
      signal.addEventListener('abort', abort);
      const watchdog = setInterval(() => {
        if (performance.now() - Math.max(movedAt, sending.movedAt()) < SILENCE_MS) return;
        reject(new WaybillError('NETWORK', `No byte has moved for ${SILENCE_MS / 1_000} s.`));
      }, CHECK_MS);
      stop = () => {
        clearInterval(watchdog);
        signal.removeEventListener('abort', abort);
        upload.abort().catch(() => undefined);
      };
      upload.start();
    });
  } catch (error) {
    throw error instanceof WaybillError && error.code === 'NETWORK' ? await explain(file, error) : error;
  } finally {
    stop();
  }
}

function optionsOf({ file, uploadUrl, onSent, onReceived }: Sending, moved: () => void): UploadOptions {
  return {
    uploadUrl,
    uploadSize: file.size,
    // Tried again by whoever calls this, with what the server knows then.
    retryDelays: null,
    storeFingerprintForResuming: false,
    fingerprint: () => Promise.resolve(''),
    onProgress: (offset) => {
      moved();
      onSent(offset);
    },
    onChunkComplete: (_size, offset) => onReceived(offset),
    onAfterResponse: (request, response) => {
      moved();
      if (request.getMethod() === 'HEAD') onReceived(Number(response.getHeader('Upload-Offset') ?? 0));
      else requireProgress(request, response);
    },
  };
}

/** A server that answers with success and stores nothing would be sent the same bytes over and over. */
function requireProgress(request: HttpRequest, response: HttpResponse): void {
  if (request.getMethod() !== 'PATCH' || response.getStatus() >= 300) return;
  const offset = Number(response.getHeader('Upload-Offset'));
  if (offset > Number(request.getHeader('Upload-Offset'))) return;
  throw new WaybillError('UPLOAD_STUCK', `The server stores none of the bytes: it stays at ${offset}.`);
}

type Reader = NonNullable<UploadOptions['fileReader']>;
type Source = Awaited<ReturnType<Reader['openFile']>>;

/** In Node tus-js-client takes no Blob. */
function readerOf(file: Blob): Reader {
  const slice: Source['slice'] = async (start, end) => {
    const bytes = new Uint8Array(await file.slice(start, end).arrayBuffer().catch(throwUnreadable));
    return { value: Object.assign(bytes, { size: bytes.length }), done: end >= file.size };
  };
  return { openFile: () => Promise.resolve({ size: file.size, slice, close: () => undefined }) };
}

/** A browser does not tell a file that it cannot read any more from a network that has failed. */
async function explain(file: Blob, error: WaybillError): Promise<WaybillError> {
  try {
    await file.slice(0, 1).arrayBuffer().catch(throwUnreadable);
    return error;
  } catch (unreadable) {
    return unreadable as WaybillError;
  }
}

function throwUnreadable(cause: unknown): never {
  throw new WaybillError('SOURCE_CHANGED', 'The file was changed or removed on this machine.', { cause });
}
