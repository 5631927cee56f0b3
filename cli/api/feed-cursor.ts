// Where the stream of changes stands. A file of its own, as reading it needs no WebSocket.
import { READ_FEED_CURSOR } from '../../packages/client/src/index.ts';
import { document } from './document.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

/** The client reads it by itself too. */
const CURSOR = document(READ_FEED_CURSOR.toString());

export async function readFeedCursor(server: Server, signal: AbortSignal): Promise<string> {
  return (await request<{ feedCursor: string }>(server, CURSOR, {}, signal)).feedCursor;
}
