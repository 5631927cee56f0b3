// Where the stream of changes stands. A file of its own, as reading it needs no WebSocket.
import { READ_FEED_CURSOR } from '../../packages/client/src/index.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

export async function readFeedCursor(server: Server, signal: AbortSignal): Promise<string> {
  return (await request(server, READ_FEED_CURSOR, {}, signal)).feedCursor;
}
