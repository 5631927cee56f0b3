// Follows the feed without end: a snapshot, then what changed since, from the newest cursor again after each interruption.
import { WaybillError, isTransient } from '../errors.ts';
import type { FollowChangesSubscription } from '../generated/operations.ts';
import type { Variables } from '../http/send.ts';
import { backoff, pauseUntilWoken } from '../wait.ts';
import type { Socket } from './socket.ts';

/** Told apart by `__typename`. (Extract takes all of them; without it, tools show the whole type instead of its name.) */
export type Change = Extract<FollowChangesSubscription['fileChanges'], object>;

export interface Following {
  /** A subscription to `fileChanges` with the variable `after` that selects `cursor` at least. */
  readonly document: string;
  /** Besides `after`. */
  readonly variables: Variables;
  /** Reads anew and replaces everything. @returns the cursor to go on after */
  readonly read: (signal: AbortSignal) => Promise<string>;
  /** @param data as the server sent it; the change is its one field, by whatever name */
  readonly take: (change: Change, data: object) => void;
  /** What it follows may end. Without it, an end is an interruption. */
  readonly canEnd?: boolean;
  readonly onLive: () => void;
  /** The connection was lost, or the server could not answer; it is tried again after so many milliseconds. */
  readonly onLost: (error: WaybillError, delayMs: number) => void;
}

/** After these the log does not go on from the cursor: everything is to be read anew. */
export const LOST_CURSORS: ReadonlySet<string> = new Set(['CURSOR_EXPIRED', 'INVALID_CURSOR', 'FEED_FORKED']);

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
   * Until the signal is aborted, or what is followed has ended.
   * @throws WaybillError that a retry does not mend
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const began = Date.now();
      try {
        if (this.#cursor === null) await this.#read(signal);
        if (!signal.aborted) return await this.#stream(this.#cursor!, signal);
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

  /** Rejects when the stream is interrupted. */
  #stream(after: string, signal: AbortSignal): Promise<void> {
    const { document, variables, take, onLive, canEnd = false } = this.#following;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        unsubscribe();
        reject(new WaybillError('CLOSED', 'It was stopped.'));
      };
      const unsubscribe = this.#socket.subscribe<Record<string, Change>>(
        document,
        { ...variables, after },
        {
          connected: onLive,
          next: (data) => {
            this.#failures = 0;
            this.#signIns = 0;
            const [change] = Object.values(data) as [Change];
            this.#cursor = change.cursor ?? this.#cursor;
            take(change, data);
          },
          end: (error, isComplete) => {
            signal.removeEventListener('abort', abort);
            if (isComplete && canEnd) resolve();
            else reject(error);
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
    const delay = backoff(this.#failures, retryAfterMs);
    this.#following.onLost(error, delay);
    if (signal.aborted) return;
    await pauseUntilWoken(delay, retryAfterMs ?? 0, signal);
  }
}
