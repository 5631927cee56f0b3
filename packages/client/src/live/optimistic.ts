// Transitions that are shown before the server has answered, and taken back when it refuses.
import type { FileState, LifecycleEvent, ListedFileFragment as WaybillFile } from '../generated/operations.ts';

/** Where each event leads. What is shown is a guess: whether it is allowed is for the server to say. */
const TARGETS: Readonly<Record<LifecycleEvent, FileState>> = {
  START_UPLOAD: 'UPLOADING',
  COMPLETE_UPLOAD: 'PROCESSING',
  FAIL_UPLOAD: 'FAILED',
  COMPLETE_PROCESSING: 'INDEXED',
  FAIL_PROCESSING: 'FAILED',
  RETRY: 'UNTRACKED',
  RESET: 'UNTRACKED',
  FAIL_RESET: 'FAILED',
};

export class OptimisticTransitions {
  /** By file. */
  readonly #guesses = new Map<string, { readonly event: LifecycleEvent; readonly version: number }>();

  /** @param file as it is known now: a newer version ends the guess. @returns takes it back */
  begin(file: WaybillFile, event: LifecycleEvent): () => void {
    const guess = { event, version: file.version };
    this.#guesses.set(file.id, guess);
    return () => {
      if (this.#guesses.get(file.id) === guess) this.#guesses.delete(file.id);
    };
  }

  /** The ids of files that are shown otherwise than they are known. */
  get ids(): readonly string[] {
    return [...this.#guesses.keys()];
  }

  /** The file as it is to be shown. */
  show(file: WaybillFile): WaybillFile {
    const guess = this.#guesses.get(file.id);
    if (guess?.version !== file.version) return file;
    // Nothing is offered until the server has answered.
    return { ...file, state: TARGETS[guess.event], failure: null, allowedEvents: [] };
  }
}
