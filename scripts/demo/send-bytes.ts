// How bytes go: by tus, the open protocol for resumable uploads, with the client that browsers use.
import { DetailedError, Upload } from 'tus-js-client';

export interface Shipment {
  /** The file's `uploadUrl`. */
  readonly url: string;
  readonly bytes: Buffer;
  /** How long to wait before coming back after a break. */
  readonly retryMs: number;
  readonly signal: AbortSignal;
  readonly onCut: () => void;
  /** It goes on from this offset, which the server named. */
  readonly onResume: (offset: number) => void;
}

/** All bytes came, and they are not those that were declared. */
export class WrongBytes extends Error {}

const CHECKSUM_MISMATCH = 460;
const RETRIES = 5;

/** 409 and 423: the request that broke is not over yet for the server. */
const isForNow = (status: number): boolean => status === 409 || status === 423 || status >= 500;

/**
 * Sends them all; a connection that is lost is resumed.
 * @throws WrongBytes
 */
export async function sendBytes(shipment: Shipment): Promise<void> {
  const { url, bytes, retryMs, signal, onCut, onResume } = shipment;
  let isCut = false;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const upload = new Upload(bytes, {
    uploadUrl: url,
    retryDelays: Array.from({ length: RETRIES }, () => retryMs),
    onShouldRetry: ({ originalResponse }) => {
      // With an answer it was the server that said no, for now or for good.
      if (originalResponse !== null) return isForNow(originalResponse.getStatus());
      isCut = true;
      onCut();
      return true;
    },
    onAfterResponse: (request, response) => {
      if (!isCut || request.getMethod() !== 'HEAD' || response.getStatus() !== 200) return;
      isCut = false;
      onResume(Number(response.getHeader('Upload-Offset')));
    },
    onSuccess: () => resolve(),
    onError: (error) => reject(reasonOf(error)),
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

function reasonOf(error: Error): Error {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (response?.getStatus() !== CHECKSUM_MISMATCH) return error;
  return new WrongBytes(response.getBody().trim(), { cause: error });
}
