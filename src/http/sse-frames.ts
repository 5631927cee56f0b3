// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), as graphql-sse's distinct
// connections mode frames them, with one thing more: the cursor of each change is the event's id, so that a browser's
// EventSource comes back with Last-Event-ID and goes on where it was.

export const EVENT_STREAM = 'text/event-stream';
export const PING_MS = 12_000;
export const STREAM_HEADERS = {
  'content-type': EVENT_STREAM,
  'cache-control': 'no-cache',
  connection: 'keep-alive',
  // nginx would collect events otherwise.
  'x-accel-buffering': 'no',
};

export const PING = ':\n\n';
export const COMPLETE = 'event: complete\ndata:\n\n';

const idOf = (cursor: string | null): string => (cursor === null ? '' : `id: ${cursor}\n`);

/**
 * Some browsers hold back the headers until something follows them. An id without data is no event, but it is remembered:
 * who is cut off before the first change comes back to the place where it began.
 */
export const frameBeginning = (cursor: string | null): string => `:\n${idOf(cursor)}\n`;

export const frameNext = (text: string, cursor: string | null): string =>
  `event: next\n${idOf(cursor)}data: ${text}\n\n`;
