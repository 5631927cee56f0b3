// The feed as it is, for programs that copy it.
import { WaybillError } from '../errors.ts';
import { FOLLOW_CHANGES, READ_FEED_CURSOR } from '../generated/documents.ts';
import type { FileChangeFilter } from '../generated/operations.ts';
import { linkSignals, reasonOf } from '../wait.ts';
import { type Connection, readOnce } from './connection.ts';
import { type Change, Follower, LOST_CURSORS } from './follower.ts';

export interface ChangesOptions {
  readonly filter?: FileChangeFilter | undefined;
  /**
   * Called with the cursor of each change after it was processed, which is when the next one is asked for. The next one
   * waits for it. Keep the cursor where the effects of the change are, and continue after it.
   */
  readonly onCheckpoint?: ((cursor: string) => void | Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Changes in memory from which on no more are taken from the server, and at which it is asked again. */
const FULL = 1_000;
const EMPTY = 100;

/**
 * Every change after a cursor, once and in order, over whatever interruptions.
 * @param after undefined: from now on
 * @throws WaybillError, among them CURSOR_EXPIRED (`extensions.oldestCursor` is what is left), INVALID_CURSOR, and
 *   FEED_FORKED (`extensions.feedCursor`): what was copied is not what the server has
 */
export async function* followChanges(
  connection: Connection,
  after: string | undefined,
  { filter = {}, onCheckpoint, signal }: ChangesOptions,
): AsyncGenerator<Change, void> {
  const { controller, release } = linkSignals([connection.endpoint.closing, signal]);
  const waiting = new Waiting(connection, after, filter, controller.signal);
  try {
    for (;;) {
      const change = await waiting.next();
      yield change;
      await onCheckpoint?.(change.cursor);
    }
  } catch (error) {
    if (error !== connection.endpoint.closing.reason) throw error;
  } finally {
    release();
    controller.abort();
  }
}

/** Changes that have come and were not yet asked for. */
class Waiting {
  readonly #signal: AbortSignal;
  readonly #follower: Follower;
  readonly #changes: Change[] = [];
  #running: AbortController | null = null;
  #error: Error | null = null;
  #wake = (): void => undefined;

  constructor(connection: Connection, after: string | undefined, filter: FileChangeFilter, signal: AbortSignal) {
    this.#signal = signal;
    let start = after ?? null;
    this.#follower = new Follower(connection.socket, {
      document: FOLLOW_CHANGES.toString(),
      variables: { filter },
      read: async (stopping) => {
        const cursor = start ?? (await readOnce(connection, READ_FEED_CURSOR, {}, stopping)).feedCursor;
        start = cursor;
        return cursor;
      },
      take: (change) => {
        this.#changes.push(change);
        // A WebSocket of a browser cannot be read more slowly, so that it is ended instead.
        if (this.#changes.length >= FULL) this.#running?.abort();
        this.#wake();
      },
      onLive: () => undefined,
      onLost: (error) => {
        if (LOST_CURSORS.has(error.code)) throw error;
      },
    });
    signal.addEventListener('abort', () => this.#fail(reasonOf(signal)), { once: true });
    if (signal.aborted) this.#fail(reasonOf(signal));
  }

  async next(): Promise<Change> {
    for (;;) {
      if (this.#changes.length <= EMPTY) this.#run();
      if (this.#error !== null && (this.#changes.length === 0 || this.#signal.aborted)) throw this.#error;
      const change = this.#changes.shift();
      if (change !== undefined) return change;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #run(): void {
    if (this.#running !== null || this.#error !== null) return;
    const running = new AbortController();
    this.#running = running;
    this.#follower
      .run(running.signal)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => (this.#running = null))
      // It may have been full, and is empty again.
      .finally(() => this.#wake());
  }

  #fail(error: unknown): void {
    this.#error ??= error instanceof Error ? error : new WaybillError('INTERNAL', String(error));
    this.#running?.abort();
    this.#wake();
  }
}
