// How many files there are in each state, live. The numbers are read again when something has changed: counting along would
// count a change twice that came between the cursor and the numbers.
import { READ_COUNTS, WATCH_CHANGES } from '../generated/documents.ts';
import type { FileState } from '../generated/operations.ts';
import { type Connection, readOnce } from './connection.ts';
import { LiveStore, type Liveness, type Store } from './store.ts';

export interface CountsData {
  /** Undefined until they have been read. */
  readonly counts: Readonly<Record<FileState, number>> | undefined;
}

export type CountsSnapshot = CountsData & Liveness;

/** Between two readings. */
const EVERY_MS = 500;

export function createLiveCounts(connection: Connection): Store<CountsSnapshot> {
  let counts: CountsData['counts'];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let [begun, shown] = [0, 0];

  async function read(signal?: AbortSignal): Promise<string> {
    const reading = (begun += 1);
    const { feedCursor, fileCounts } = await readOnce(connection, READ_COUNTS, {}, signal);
    // Answers may overtake each other.
    if (reading < shown) return feedCursor;
    shown = reading;
    counts = Object.fromEntries(fileCounts.map(({ state, count }) => [state, count])) as CountsData['counts'];
    store.changed();
    return feedCursor;
  }

  /** Whatever changes meanwhile waits for the next reading. */
  function readSoon(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      read().catch(() => store.startOver());
    }, EVERY_MS);
  }

  const store = new LiveStore<CountsData>(connection.socket, connection.endpoint.closing, {
    document: WATCH_CHANGES.toString(),
    variables: {},
    read,
    take: readSoon,
    data: () => ({ counts }),
  });
  return store;
}
