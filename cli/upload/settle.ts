// --wait: what becomes of files after their bytes have arrived. One subscription for all of them, from a cursor read before
// the first was uploaded; when the log no longer reaches back, they are looked at again.
import { type FileFacts, readFile } from '../api/files.ts';
import { type Change, follow, readFeedCursor } from '../api/follow.ts';
import { persist } from '../api/patience.ts';
import type { Server } from '../api/server.ts';
import { Refused } from '../errors.ts';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const isSettled = ({ state }: FileFacts): boolean => state === 'INDEXED' || state === 'FAILED';

export class Settlements {
  readonly #server: Server;
  readonly #signal: AbortSignal;
  readonly #end = new AbortController();
  readonly #waiting = new Map<string, Waiting>();
  #broken: { readonly error: unknown } | null = null;

  private constructor(server: Server, signal: AbortSignal) {
    this.#server = server;
    this.#signal = signal;
  }

  /** Returns when nothing that happens from now on can be missed. */
  static async begin(server: Server, signal: AbortSignal): Promise<Settlements> {
    const settlements = new Settlements(server, signal);
    const after = await readFeedCursor(server, signal);
    void settlements.#follow(after);
    return settlements;
  }

  stop(): void {
    this.#end.abort();
  }

  /** Returns the file as INDEXED or FAILED. @throws Refused if it is deleted, and the signal's reason */
  async settle(id: string): Promise<FileFacts> {
    for (;;) {
      // Listened for before it is looked at: what happens in between is not missed.
      const happened = this.#next(id);
      const file = await persist(
        () => readFile(this.#server, id, this.#signal),
        () => undefined,
        this.#signal,
      );
      if (file === null) throw new Refused('FILE_NOT_FOUND', 'It was deleted before it was indexed.');
      if (isSettled(file)) {
        this.#waiting.delete(id);
        return file;
      }
      await happened;
    }
  }

  #next(id: string): Promise<void> {
    const happened = new Promise<void>((resolve, reject) => {
      if (this.#broken !== null) reject(this.#broken.error);
      else this.#waiting.set(id, { resolve, reject });
    });
    // It may break while the file is being looked at.
    happened.catch(() => undefined);
    return happened;
  }

  async #follow(after: string): Promise<void> {
    const filter = { ids: null, kinds: ['TRANSITIONED', 'DELETED'] as const };
    try {
      await follow(
        this.#server,
        {
          filter,
          after,
          onChange: (change) => this.#hear(change),
          onLost: () => undefined,
          onBack: () => undefined,
          onGap: () => this.#lookAgain(),
        },
        AbortSignal.any([this.#signal, this.#end.signal]),
      );
    } catch (error) {
      this.#broken = { error };
      for (const { reject } of this.#waiting.values()) reject(error);
    }
  }

  #hear({ fileId }: Change): void {
    this.#waiting.get(fileId)?.resolve();
  }

  #lookAgain(): void {
    for (const { resolve } of this.#waiting.values()) resolve();
  }
}
