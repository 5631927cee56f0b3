// Sends the bytes of a file over tus 1.0 (https://tus.io/protocols/resumable-upload), from the server's offset to the end,
// once: whoever calls this decides whether to try again.
import type { HttpRequest, HttpResponse, UploadOptions } from 'tus-js-client';
import { WaybillError } from '../errors.ts';
import { reasonOf } from '../wait.ts';
import { toSendError } from './refusals.ts';

/** In Node: bytes that are too many to be held in memory. */
export interface ByteSource {
  readonly size: number;
  /** A stream of Node, or bytes. An error of the stream ends the upload as it is. @param end exclusive */
  readonly read: (start: number, end: number) => Promise<object>;
}

export interface Sending {
  readonly file: Blob | ByteSource;
  readonly uploadUrl: string;
  /** The most bytes of one request. Default: no limit; of a Blob in Node 16 MiB. */
  readonly chunkSize?: number | undefined;
  /** Of each request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The next byte to leave this client. */
  readonly onSent: (offset: number) => void;
  /** The server has acknowledged what lies before the offset. */
  readonly onReceived: (offset: number) => void;
  /** When a byte has moved last, as others see it: performance.now(). */
  readonly movedAt?: (() => number) | undefined;
  /** For so long no byte may move: a network that fails in silence, or a laptop that has slept. Default: 30 s. */
  readonly silenceMs?: number | undefined;
  /** The server has answered with success and stored nothing. What it throws ends the upload. Default: UPLOAD_STUCK. */
  readonly onStuck?: ((status: number, offset: number) => void | Promise<void>) | undefined;
}

const SILENCE_MS = 30_000;
const CHECK_MS = 3_000;
const NODE_CHUNK_BYTES = 16 * 2 ** 20;

/**
 * Sends the bytes of a file that is registered, from the server's offset to the end, once: whoever calls this decides
 * whether to try again. `upload` does all of that.
 * @returns when the server has acknowledged the last byte
 * @throws WaybillError; what the source throws, as such or as its cause; or the reason of the signal
 */
export async function sendBytes(sending: Sending, signal: AbortSignal): Promise<void> {
  const tus = await import('tus-js-client');
  const { file, silenceMs = SILENCE_MS, movedAt: othersMovedAt = () => 0 } = sending;
  const isNode = new tus.DefaultHttpStack({}).getName() === 'NodeHttpStack';
  let movedAt = performance.now();
  let stop = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(reasonOf(signal));
      const upload = new tus.Upload(isNode ? (new Uint8Array(0) as never) : (file as Blob), {
        ...optionsOf(sending, () => (movedAt = performance.now())),
        ...(isNode && { fileReader: readerOf(file, reject) }),
        chunkSize: sending.chunkSize ?? (isNode && file instanceof Blob ? NODE_CHUNK_BYTES : Infinity),
        onSuccess: () => resolve(),
        onError: (error) => reject(toSendError(error)),
      });
      const abort = (): void => reject(reasonOf(signal));
      signal.addEventListener('abort', abort);
      const watchdog = setInterval(
        () => {
          if (performance.now() - Math.max(movedAt, othersMovedAt()) < silenceMs) return;
          reject(new WaybillError('NETWORK', `No byte has moved for ${silenceMs / 1_000} s.`));
        },
        Math.min(CHECK_MS, silenceMs),
      );
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

function optionsOf(
  { file, uploadUrl, headers, onSent, onReceived, onStuck }: Sending,
  moved: () => void,
): UploadOptions {
  return {
    uploadUrl,
    uploadSize: file.size,
    headers: { ...headers },
    // Tried again by whoever calls this, with what the server knows then.
    retryDelays: null,
    storeFingerprintForResuming: false,
    fingerprint: () => Promise.resolve(''),
    onProgress: (offset) => {
      moved();
      onSent(offset);
    },
    onChunkComplete: (_size, offset) => onReceived(offset),
    onAfterResponse: async (request, response) => {
      moved();
      if (request.getMethod() === 'HEAD') onReceived(Number(response.getHeader('Upload-Offset') ?? 0));
      else if (isStuck(request, response)) {
        await (onStuck ?? failStuck)(response.getStatus(), Number(response.getHeader('Upload-Offset')));
      }
    },
  };
}

/** A server that answers with success and stores nothing would be sent the same bytes over and over. */
function isStuck(request: HttpRequest, response: HttpResponse): boolean {
  if (request.getMethod() !== 'PATCH' || response.getStatus() >= 300) return false;
  return !(Number(response.getHeader('Upload-Offset')) > Number(request.getHeader('Upload-Offset')));
}

function failStuck(_status: number, offset: number): never {
  throw new WaybillError('UPLOAD_STUCK', `The server stores none of the bytes: it stays at ${offset}.`);
}

type Reader = NonNullable<UploadOptions['fileReader']>;
type Source = Awaited<ReturnType<Reader['openFile']>>;

interface Emitter {
  readonly on?: (event: 'error', listener: (error: Error) => void) => void;
}

/**
 * In Node tus-js-client takes no Blob.
 * @param onBroken it does not listen for errors of a stream: without this the request would hang
 */
function readerOf(file: Blob | ByteSource, onBroken: (error: Error) => void): Reader {
  const read = file instanceof Blob ? readerOfBlob(file) : file.read;
  const slice: Source['slice'] = async (start, end) => {
    const value = Object.assign(await read(start, end), { size: Math.min(end, file.size) - start });
    (value as Emitter).on?.('error', onBroken);
    return { value, done: end >= file.size };
  };
  return { openFile: () => Promise.resolve({ size: file.size, slice, close: () => undefined }) };
}

const readerOfBlob =
  (file: Blob): ByteSource['read'] =>
  async (start, end) =>
    new Uint8Array(await file.slice(start, end).arrayBuffer().catch(throwUnreadable));

/** A browser does not tell a file that it cannot read any more from a network that has failed. */
async function explain(file: Blob | ByteSource, error: WaybillError): Promise<WaybillError> {
  if (!(file instanceof Blob)) return error;
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
