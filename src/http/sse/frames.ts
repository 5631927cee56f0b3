// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) in the "distinct connections" mode of
// graphql-sse. In addition the id of each event is the cursor of its change, so that a browser's EventSource reconnects
// with Last-Event-ID and misses no change.

export const PING_MS = 12_000;
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  connection: 'keep-alive',
  // Without it nginx buffers events.
  'x-accel-buffering': 'no',
};

export const PING = ':\n\n';
export const COMPLETE = 'event: complete\ndata:\n\n';

const idOf = (cursor: string | null): string => (cursor === null ? '' : `id: ${cursor}\n`);

/**
 * Some browsers hold back the headers until something follows them. An id without data dispatches no event, but browsers
 * remember it: a client that is cut off before the first change resumes at the cursor where its stream began.
 */
export const frameBeginning = (cursor: string | null): string => `:\n${idOf(cursor)}\n`;

export const frameNext = (text: string, cursor: string | null): string =>
  `event: next\n${idOf(cursor)}data: ${text}\n\n`;
