// The body of a request, read from the socket itself: a web stream would copy every chunk (docs/adr/0011).
import type { IncomingMessage } from 'node:http';
import { UploadError } from '../upload-error.ts';

const WAKING = ['readable', 'end', 'error', 'close'] as const;

/**
 * Ends when the body does, when the connection breaks, and when the signal is aborted: what has arrived counts. Leaves the
 * connection open, which still has an answer to carry.
 * @param onBytes called with the length of each chunk
 * @throws UploadError 413 at the chunk that goes beyond `most` bytes
 */
export async function* readBody(
  request: IncomingMessage,
  most: number,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void> {
  let wake = (): void => undefined;
  const listener = (): void => wake();
  for (const event of WAKING) request.on(event, listener);
  signal.addEventListener('abort', listener);
  try {
    for (let left = most; !signal.aborted;) {
      const chunk = request.read() as Buffer | null;
      if (chunk !== null) {
        left -= chunk.length;
        if (left < 0) throw new UploadError(413, 'More bytes arrived than were declared.');
        onBytes(chunk.length);
        yield chunk;
      } else if (request.readableEnded || request.destroyed) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    for (const event of WAKING) request.off(event, listener);
    signal.removeEventListener('abort', listener);
    // A connection that breaks from here on needs no handling.
    request.on('error', () => undefined);
  }
}
