// One live file.
import { FOLLOW_CHANGES, READ_FILE } from '../generated/documents.ts';
import type { LifecycleEvent, ListedFileFragment as WaybillFile } from '../generated/operations.ts';
import { type Connection, type TransitionOptions, readOnce, transition } from './connection.ts';
import { Answers } from './answers.ts';
import type { Change } from './follower.ts';
import { OptimisticTransitions } from './optimistic.ts';
import { LiveStore, type Liveness, type Store } from './store.ts';

export interface FileData {
  /** Undefined until it has been read; null: there is none, or it was deleted. */
  readonly file: WaybillFile | null | undefined;
}

export type FileSnapshot = FileData & Liveness;

export interface LiveFile extends Store<FileSnapshot> {
  /**
   * Sends an event. The file is shown at once as it will be, and as it is again when the server refuses.
   * @throws WaybillError
   */
  readonly transition: (event: LifecycleEvent, options?: TransitionOptions) => Promise<WaybillFile>;
}

/** Shows its progress too. */
const KINDS = ['REGISTERED', 'TRANSITIONED', 'DELETED', 'PROGRESSED'] as const;

export function createLiveFile(connection: Connection, id: string): LiveFile {
  let file: WaybillFile | null | undefined;
  let answers = new Answers();
  const guesses = new OptimisticTransitions();

  /** @param next as of a change, or as a mutation has answered it */
  function update(next: WaybillFile): void {
    if (file == null || file.version >= next.version) return;
    file = next;
    store.changed();
  }

  function takeAnswer(answer: WaybillFile): void {
    answers.add(answer);
    update(answer);
  }

  function take(change: Change): void {
    if (!('file' in change)) {
      file = null;
      store.changed();
    } else if (change.kind !== 'PROGRESSED') update(change.file);
    else if (file?.version === change.file.version && file.bytesReceived < change.file.bytesReceived) {
      file = { ...file, bytesReceived: change.file.bytesReceived };
      store.changed();
    }
  }

  const store = new LiveStore<FileData>(connection.socket, connection.endpoint.closing, {
    document: FOLLOW_CHANGES.toString(),
    variables: { filter: { ids: [id], kinds: KINDS } },
    read: async (signal) => {
      answers = new Answers();
      const read = await readOnce(connection, READ_FILE, { id }, signal);
      file = read.file == null ? read.file : answers.newerOf(read.file);
      store.changed();
      return read.feedCursor;
    },
    take,
    data: () => ({ file: file == null ? file : guesses.show(file) }),
  });
  return {
    subscribe: store.subscribe,
    getSnapshot: store.getSnapshot,
    getServerSnapshot: store.getServerSnapshot,
    retry: store.retry,
    [Symbol.asyncIterator]: () => store[Symbol.asyncIterator](),
    transition: (event, options = {}) => {
      const shown = { known: file ?? undefined, guesses, onAnswer: takeAnswer, changed: () => store.changed() };
      return transition(connection, shown, { id, event }, options);
    },
  };
}
