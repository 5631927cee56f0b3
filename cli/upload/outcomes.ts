// --wait: waits until uploaded files are INDEXED, or FAILED for good. One subscription for all files, from a cursor read before
// the first upload; after a gap in the log, every file is read again.
import type { FileLookup } from '../api/file-lookup.ts';
import type { FileFacts } from '../api/files.ts';
import { readFeedCursor } from '../api/feed-cursor.ts';
import { type Change, type ChangeFilter, type Progress, followChanges } from '../api/follow-changes.ts';
import { pause } from '../api/pause.ts';
import type { Server } from '../api/server.ts';
import { Refused } from '../errors.ts';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export type OnProgress = (id: string, progress: Progress) => void;

/** That the server did not retry a file after all is no change that anybody is told of. */
const RETRY_CHECK_MS = 10_000;

const hasOutcome = ({ state, retryAt }: FileFacts): boolean =>
  state === 'INDEXED' || (state === 'FAILED' && retryAt === null);

export class Outcomes {
  readonly #server: Server;
  readonly #lookup: FileLookup;
  readonly #signal: AbortSignal;
  readonly #end = new AbortController();
  readonly #waiting = new Map<string, Waiter>();
  #broken: { readonly error: unknown } | null = null;

  private constructor(server: Server, lookup: FileLookup, signal: AbortSignal) {
    this.#server = server;
    this.#lookup = lookup;
    this.#signal = signal;
  }

  /**
   * Once it returns, no later change is missed.
   * @param onProgress called with the progress of the files that are waited for, while they are PROCESSING
   */
  static async begin(
    server: Server,
    lookup: FileLookup,
    signal: AbortSignal,
    onProgress: OnProgress | null = null,
  ): Promise<Outcomes> {
    const outcomes = new Outcomes(server, lookup, signal);
    const after = await readFeedCursor(server, signal);
    void outcomes.#follow(after);
    if (onProgress !== null) void outcomes.#followProgress(after, onProgress);
    return outcomes;
  }

  stop(): void {
    this.#end.abort();
  }

  /** Returns the file once it is INDEXED, or FAILED and not retried by the server. @throws Refused if it was deleted, or the signal's reason */
  async waitForOutcome(id: string): Promise<FileFacts> {
    for (;;) {
      // Listen before reading, so that a change in between is not missed.
      const happened = this.#next(id);
      const file = await this.#lookup.read(id);
      if (file === null) throw new Refused('FILE_NOT_FOUND', 'There is no such file: it may have been deleted.');
      if (hasOutcome(file)) {
        this.#waiting.delete(id);
        return file;
      }
      await (file.retryAt === null ? happened : Promise.race([happened, this.#pause()]));
    }
  }

  #pause(): Promise<void> {
    return pause(RETRY_CHECK_MS, AbortSignal.any([this.#signal, this.#end.signal]));
  }

  #next(id: string): Promise<void> {
    const happened = new Promise<void>((resolve, reject) => {
      if (this.#broken !== null) reject(this.#broken.error);
      else this.#waiting.set(id, { resolve, reject });
    });
    // It may reject while the file is being read.
    happened.catch(() => undefined);
    return happened;
  }

  async #follow(after: string): Promise<void> {
    try {
      await this.#run({ ids: null, kinds: ['TRANSITIONED', 'DELETED'] }, after, (change) => this.#onChange(change));
    } catch (error) {
      this.#broken = { error };
      for (const { reject } of this.#waiting.values()) reject(error);
    }
  }

  /** By a subscription of its own, because only this one is confined to a state. It is not vital: without it, no bars. */
  async #followProgress(after: string, onProgress: OnProgress): Promise<void> {
    const onChange = (change: Change): void => {
      if (change.kind === 'PROGRESSED' && this.#waiting.has(change.fileId)) onProgress(change.fileId, change.progress);
    };
    const filter = { ids: null, kinds: ['PROGRESSED'] as const, states: ['PROCESSING'] as const };
    await this.#run(filter, after, onChange).catch(() => undefined);
  }

  async #run(filter: ChangeFilter, after: string, onChange: (change: Change) => void): Promise<never> {
    const following = {
      filter,
      after,
      onChange,
      onLost: () => undefined,
      onReconnected: () => undefined,
      onGap: () => this.#readAllAgain(),
    };
    return await followChanges(this.#server, following, AbortSignal.any([this.#signal, this.#end.signal]));
  }

  #onChange({ fileId }: Change): void {
    this.#waiting.get(fileId)?.resolve();
  }

  #readAllAgain(): void {
    for (const { resolve } of this.#waiting.values()) resolve();
  }
}
