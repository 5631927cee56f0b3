// The bytes of one file over tus 1.0 (https://tus.io/protocols/resumable-upload): from where the server stands to the end,
// through lost connections and locks. tus-js-client speaks the protocol; what it may read and when it may try again is
// decided here.
import type { Readable } from 'node:stream';
import { type DetailedError, Upload, type UploadOptions } from 'tus-js-client';
import { type OnTrouble, drawDelays } from '../api/patience.ts';
import { reasonOf } from '../api/request.ts';
import { type Server, credentialsOf } from '../api/server.ts';
import { CliError, Unreachable } from '../errors.ts';
import type { Source } from './source.ts';
import { Watchdog } from './watchdog.ts';

/** The server takes no (more) bytes for this file, and says why. */
export class UploadRefused extends CliError<'UPLOAD_REFUSED'> {
  readonly status: number;

  constructor(status: number, text: string) {
    const reason = sayShortly(text);
    super('UPLOAD_REFUSED', `The server refused its bytes with ${status}${reason === '' ? '' : `: ${reason}`}`);
    this.status = status;
  }
}

const MOST_CHARACTERS = 300;

/** The first line of an answer; nothing of a page that a proxy would show to a browser. */
function sayShortly(text: string): string {
  const [line = ''] = text.trim().split('\n');
  return line.startsWith('<') ? '' : line.slice(0, MOST_CHARACTERS);
}

export interface Sending {
  readonly server: Server;
  readonly uploadUrl: string;
  readonly source: Source;
  /** Most bytes of one request. */
  readonly chunkSize: number;
  /** How many bytes are on their way or have arrived; it can go back. */
  readonly onProgress: (bytes: number) => void;
  readonly onTrouble: OnTrouble;
  /** How long nothing may move. */
  readonly silenceMs?: number;
}

/**
 * Resolves when the server has acknowledged the last byte.
 * @throws UploadRefused, Unreachable, SourceChanged, and the signal's reason
 */
export async function sendBytes(sending: Sending, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { server, silenceMs } = sending;
  // Its own signal, so that the listener goes with the upload.
  const own = AbortSignal.any([signal]);
  let stop = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const upload = createUpload(sending, resolve, reject);
      const watchdog = new Watchdog(upload, () => reject(new Unreachable(server.url, 'it has gone silent')), silenceMs);
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

function createUpload(sending: Sending, resolve: () => void, reject: (error: Error) => void): Upload {
  const { server, uploadUrl, source, chunkSize, onProgress, onTrouble } = sending;
  const options: UploadOptions = {
    uploadUrl,
    uploadSize: source.size,
    chunkSize,
    headers: { ...credentialsOf(server) },
    retryDelays: drawDelays(),
    storeFingerprintForResuming: false,
    fingerprint: () => Promise.resolve(''),
    fileReader: { openFile: () => Promise.resolve(toFileSource(source, reject)) },
    onProgress,
    onSuccess: resolve,
    onError: (error) => reject(toReason(server.url, error)),
    onShouldRetry: (error) => {
      const reason = toReason(server.url, error);
      const again = mayPass(reason);
      if (again) onTrouble(reason);
      return again;
    },
  };
  // It asks the fileReader for bytes and looks at what it is given only to see that it is something.
  return new Upload(Buffer.alloc(0), options);
}

type FileSource = Awaited<ReturnType<NonNullable<UploadOptions['fileReader']>['openFile']>>;

/** A stream that breaks would leave the request hanging: nobody listens to it but this. */
function toFileSource(source: Source, onBroken: (error: Error) => void): FileSource {
  return {
    size: source.size,
    slice: async (start, end) => {
      await source.assertUnchanged();
      const value: Readable & { size?: number } = source.read(start, end);
      value.size = end - start;
      value.on('error', onBroken);
      return { value, done: end >= source.size };
    },
    close: () => undefined,
  };
}

function toReason(url: string, error: Error | DetailedError): Error {
  if (!('originalResponse' in error)) return error;
  const { originalResponse: response, causingError } = error;
  if (response !== null) return new UploadRefused(response.getStatus(), response.getBody());
  if (causingError instanceof CliError) return causingError;
  return new Unreachable(url, reasonOf(causingError ?? error), { cause: error });
}

// Another writer has it for a moment, or the offset is another one now: HEAD tells. A full disk does not empty itself.
const PASSING = [409, 423, 429];
const INSUFFICIENT_STORAGE = 507;

function mayPass(reason: Error): boolean {
  if (!(reason instanceof UploadRefused)) return reason instanceof Unreachable;
  return PASSING.includes(reason.status) || (reason.status >= 500 && reason.status !== INSUFFICIENT_STORAGE);
}
