// Where the stream of changes stands. A file of its own, as reading it needs no WebSocket.
import { request } from './request.ts';
import type { Server } from './server.ts';

export async function readFeedCursor(server: Server, signal: AbortSignal): Promise<string> {
  return (await request<{ feedCursor: string }>(server, '{ feedCursor }', {}, signal)).feedCursor;
}
