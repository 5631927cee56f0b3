// The body of a request as it comes from the socket. @tus/server reads it through a web stream, which copies every chunk
// (docs/adr/0011). What it adds besides is here: no more than was declared, and an end when the request has to give up
// its lock, without taking the connection, which still has an answer to carry.
import type { IncomingMessage } from 'node:http';
import type { CancellationContext, Server, Upload } from '@tus/server';
import { currentRequest } from './request-context.ts';
import type { TusStore } from './tus-store.ts';
import { UploadError } from './upload-error.ts';

const WAKING = ['readable', 'end', 'error', 'close'] as const;

/**
 * Ends when the body does, when the connection breaks, and when the signal is aborted: what has come has come.
 * @throws UploadError 413 at the chunk that goes beyond `most` bytes
 */
async function* readBody(
  request: IncomingMessage,
  most: number,
  signal: AbortSignal,
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
        if (left < 0) throw new UploadError(413, 'More bytes came than were declared.');
        yield chunk;
      } else if (request.readableEnded || request.destroyed) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    for (const event of WAKING) request.off(event, listener);
    signal.removeEventListener('abort', listener);
    // Whatever becomes of the connection from here on is nobody's error.
    request.on('error', () => undefined);
  }
}

/** What the handlers of @tus/server call to store a body. Not public there: the version is pinned, and tests hold it. */
type WriteToStore = (body: unknown, upload: Upload, most: number, context: CancellationContext) => Promise<number>;

/** Makes the handlers of bodies read them from the socket. */
export function readFromSocket({ handlers }: Server, store: TusStore): void {
  const value: WriteToStore = (_body, { id, offset }, most, { signal, cancel }) =>
    store.receive(readBody(currentRequest().body, most, signal), id, offset, cancel);
  for (const handler of [handlers.PATCH, handlers.POST]) Object.defineProperty(handler, 'writeToStore', { value });
}
