// Copies the bytes of a file from the byte store to the client.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export class ClientGone extends Error {}

export type Pace = (bytes: number) => Promise<void>;

const paced = (pace: Pace) =>
  async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      yield chunk;
      await pace(chunk.length);
    }
  };

/**
 * Sends the head when the first bytes have come, so that a store that fails at once is still a 5xx. A later failure
 * breaks the connection, so that no short body looks complete. When either side breaks, the other is destroyed.
 * @param pace called with the length of each chunk that was sent; the next one waits for it
 * @throws ClientGone, and whatever the byte store throws
 */
export async function sendBytes(
  bytes: Readable,
  response: ServerResponse,
  sendHead: () => void,
  pace: Pace | null = null,
): Promise<void> {
  const gone = new ClientGone();
  const leave = (): void => void bytes.destroy(gone);
  response.once('close', leave);
  bytes.on('error', () => undefined);
  if (response.destroyed) leave();
  await once(bytes, 'readable');
  sendHead();
  const sent = pace === null ? pipeline(bytes, response) : pipeline(bytes, paced(pace), response);
  await sent.catch((error: unknown) => {
    throw bytes.errored === null || bytes.errored === gone ? gone : error;
  });
}
