// What the demo knows of its files, and all of it comes from the subscription.
import type { FileFacts } from './api.ts';
import type { Change, Progress } from './watch.ts';

export interface Row {
  readonly file: FileFacts;
  /** While bytes arrive; a later transition knows better. */
  readonly progress: Progress | null;
}

export class Board {
  readonly #rows = new Map<string, Row>();
  #progressMessages = 0;

  /** In order of registration. */
  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  get files(): ReadonlyMap<string, FileFacts> {
    return new Map([...this.#rows].map(([id, { file }]) => [id, file]));
  }

  get progressMessages(): number {
    return this.#progressMessages;
  }

  nameOf(fileId: string): string {
    return this.#rows.get(fileId)?.file.name ?? fileId;
  }

  apply(change: Change): void {
    switch (change.kind) {
      case 'REGISTERED':
      case 'TRANSITIONED':
        this.#rows.set(change.fileId, { file: change.file, progress: null });
        break;
      case 'PROGRESSED': {
        this.#progressMessages += 1;
        const row = this.#rows.get(change.fileId);
        if (row !== undefined) this.#rows.set(change.fileId, { ...row, progress: change.progress });
        break;
      }
      case 'DELETED':
        this.#rows.delete(change.fileId);
        break;
    }
  }
}
