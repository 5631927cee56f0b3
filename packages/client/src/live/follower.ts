// Follows the feed without end: a snapshot, then what changed since, from the newest cursor again after each interruption.
import { WaybillError, isTransient } from '../errors.ts';
import type { FileChangeFilter, FollowChangesSubscription } from '../generated/operations.ts';
import { backoff, pauseUntilWoken } from '../wait.ts';
import type { Socket } from './socket.ts';

export type Change = FollowChangesSubscription['fileChanges'];

export interface Following {
  /** A subscription to `fileChanges` with the variables `after` and `filter` that selects `cursor` at least. */
  readonly document: string;
  readonly filter: FileChangeFilter;
  /** Reads anew and replaces everything. @returns the cursor to go on after */
  readonly read: (signal: AbortSignal) => Promise<string>;
  readonly take: (change: Change) => void;
  readonly onLive: () => void;
  /** The connection was lost, or the server could not answer; it is tried again. */
  readonly onLost: (error: WaybillError) => void;
}

const LOST_CURSORS: ReadonlySet<string> = new Set(['CURSOR_EXPIRED', 'INVALID_CURSOR', 'FEED_FORKED']);

/** A stream that has lasted for so long was no failure. */
const LONG_MS = 30_000;

export class Follower {
  readonly #socket: Socket;
  readonly #following: Following;
  /** Of the last change that was taken. Kept when the following stops, so that it goes on there. */
  #cursor: string | null = null;
  /** The log was taken back: where to go on once everything has been read anew. */
  #forkedAt: string | null = null;
  #failures = 0;
  #signIns = 0;

  constructor(socket: Socket, following: Following) {
    this.#socket = socket;
    this.#following = following;
  }

  /** Everything is read anew the next time. */
  forget(): void {
    this.#cursor = null;
  }

  /**
   * Until the signal is aborted.
   * @throws WaybillError that a retry does not mend
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const began = Date.now();
      try {
        if (this.#cursor === null) await this.#read(signal);
        if (!signal.aborted) await this.#stream(this.#cursor!, signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, Date.now() - began, signal);
      }
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const cursor = await this.#following.read(signal);
    this.#cursor = this.#forkedAt ?? cursor;
    this.#forkedAt = null;
  }

  /** Rejects when the stream ends, for any reason. */
  #stream(after: string, signal: AbortSignal): Promise<never> {
    const { document, filter, take, onLive } = this.#following;
    return new Promise((_resolve, reject) => {
      const abort = (): void => {
        unsubscribe();
        reject(new WaybillError('CLOSED', 'It was stopped.'));
      };
      const unsubscribe = this.#socket.subscribe<{ fileChanges: Change }>(
        document,
        { after, filter },
        {
          connected: onLive,
          next: ({ fileChanges }) => {
            this.#failures = 0;
            this.#signIns = 0;
            this.#cursor = fileChanges.cursor;
            take(fileChanges);
          },
          end: (error) => {
            signal.removeEventListener('abort', abort);
            reject(error);
          },
        },
      );
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** Waits for the time to try again. @throws the error, if that would not help */
  async #recover(error: unknown, lastedMs: number, signal: AbortSignal): Promise<void> {
    if (!(error instanceof WaybillError)) throw error;
    const { code, extensions, retryAfterMs } = error;
    this.#failures = lastedMs < LONG_MS ? this.#failures + 1 : 1;
    const isFirst = lastedMs >= LONG_MS;
    this.#signIns = code === 'UNAUTHENTICATED' ? (isFirst ? 1 : this.#signIns + 1) : 0;
    if (LOST_CURSORS.has(code)) {
      this.#cursor = null;
      const { feedCursor } = extensions;
      if (code === 'FEED_FORKED') this.#forkedAt = typeof feedCursor === 'string' ? feedCursor : null;
    } else if (code === 'UNAUTHENTICATED' ? this.#signIns > 1 : !isTransient(error) && code !== 'INTERNAL') throw error;
    this.#following.onLost(error);
    if (signal.aborted) return;
    await pauseUntilWoken(backoff(this.#failures, retryAfterMs), retryAfterMs ?? 0, signal);
  }
}
