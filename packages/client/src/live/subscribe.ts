// Subscriptions of one's own, for programs and libraries that keep a cache themselves.
import type { OnRetry } from '../document.ts';
import { WaybillError, toWaybillError } from '../errors.ts';
import { READ_FEED_CURSOR } from '../generated/documents.ts';
import type { Variables } from '../http/send.ts';
import { linkSignals } from '../wait.ts';
import { type Connection, readOnce } from './connection.ts';
import { Follower, LOST_CURSORS } from './follower.ts';

/** One of `error` and `complete` is called at most once, and nothing after it. */
export interface Observer<Result> {
  next(data: Result): void;
  error(error: WaybillError): void;
  /** The server has ended it, as that of a file which was deleted. A subscription to `fileChanges` has no end. */
  complete(): void;
  /** The server has accepted the connection, for the first time or again. */
  readonly connected?: () => void;
  /** The connection is lost. It is tried again, and nothing is missed. */
  readonly interrupted?: OnRetry;
}

/** @returns unsubscribes */
export function subscribe<Result>(
  connection: Connection,
  document: string,
  { after, ...variables }: Variables,
  observer: Observer<Result>,
): () => void {
  const ofFeed = /\bfileChanges\b/.test(document);
  const { controller, release } = linkSignals([connection.endpoint.closing]);
  const follower = new Follower(connection.socket, {
    document,
    variables,
    read: (signal) => {
      if (!ofFeed) return Promise.resolve('');
      if (!/\$after\b/.test(document) || !/\bcursor\b/.test(document)) {
        const message = 'A subscription to fileChanges is resumed by its cursor: take $after, and select cursor.';
        throw new WaybillError('BAD_USER_INPUT', message);
      }
      // A change that comes before the first interruption must be known to come after something.
      return typeof after === 'string' ? Promise.resolve(after) : readCursor(connection, signal);
    },
    take: (_change, data) => observer.next(data as Result),
    canEnd: !ofFeed,
    onLive: () => observer.connected?.(),
    onLost: (error, delayMs) => {
      // What the cache has is not true any more: only its owner can read it anew.
      if (LOST_CURSORS.has(error.code)) throw error;
      observer.interrupted?.(error, delayMs);
    },
  });
  let isWanted = true;
  const end = (error?: unknown): void => {
    release();
    if (!isWanted) return;
    isWanted = false;
    if (error === undefined) observer.complete();
    else observer.error(toWaybillError(error));
  };
  const { signal } = controller;
  follower.run(signal).then(() => end(signal.aborted ? signal.reason : undefined), end);
  return () => {
    isWanted = false;
    controller.abort();
  };
}

const readCursor = async (connection: Connection, signal: AbortSignal): Promise<string> =>
  (await readOnce(connection, READ_FEED_CURSOR, {}, signal)).feedCursor;
