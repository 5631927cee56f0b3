// Where the stream of changes stands. A file of its own, as reading it needs no WebSocket.
import { document } from './document.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

const CURSOR = document('{ feedCursor }');

export async function readFeedCursor(server: Server, signal: AbortSignal): Promise<string> {
  return (await request<{ feedCursor: string }>(server, CURSOR, {}, signal)).feedCursor;
}
