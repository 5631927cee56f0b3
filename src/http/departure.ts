// Notices that the client of a request goes away before it has its answer, or loses its right to it.
import type { ServerResponse } from 'node:http';
import { RightEnded, type Watch } from '../auth/rights.ts';

/** Watches the right that the request was made with. */
export type WatchRight = (onEnd: () => void) => Watch;

/** @returns the signal of it, made when it is first asked for: hardly any operation does */
export function watchDeparture(response: ServerResponse, watchRight: WatchRight): () => AbortSignal {
  let signal: AbortSignal | undefined;
  return () => (signal ??= departureOf(response, watchRight));
}

function departureOf(response: ServerResponse, watchRight: WatchRight): AbortSignal {
  const controller = new AbortController();
  // An answer that is on its way is the client's.
  const right = watchRight(() => {
    if (!response.writableEnded) controller.abort(new RightEnded());
  });
  const look = (): void => {
    right.release();
    if (!response.writableFinished) controller.abort();
  };
  if (response.closed) look();
  else response.once('close', look);
  return controller.signal;
}
