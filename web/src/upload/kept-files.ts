// The files of unfinished uploads in IndexedDB, so that they go on after a reload without being chosen again. What the server
// has of each is remembered by the client.
import type { Chosen } from './collect.ts';

export interface Kept extends Chosen {
  readonly key: string;
  readonly isPaused: boolean;
}

/** Browsers copy what is stored. A larger file goes on when it is dropped again. */
const MAX_KEPT_BYTES = 1_000_000_000;
const STORE = 'files';

export const keyOf = ({ file, name }: Chosen): string => [name, file.size, file.lastModified].join('|');

let opened: Promise<IDBDatabase | null> | undefined;

/** Null where there is none, as in some private windows: uploads then last as long as the page. */
function open(): Promise<IDBDatabase | null> {
  opened ??= new Promise((resolve) => {
    const opening = indexedDB.open('waybill', 1);
    opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(STORE, { keyPath: 'key' }));
    opening.addEventListener('success', () => resolve(opening.result));
    opening.addEventListener('error', () => resolve(null));
  });
  return opened;
}

async function run<Result>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result | null> {
  const database = await open();
  if (database === null) return null;
  return await new Promise((resolve) => {
    const asked = work(database.transaction(STORE, mode).objectStore(STORE));
    asked.addEventListener('success', () => resolve(asked.result));
    asked.addEventListener('error', () => resolve(null));
  });
}

export async function keep(chosen: Chosen, isPaused: boolean): Promise<void> {
  if (chosen.file.size > MAX_KEPT_BYTES) return;
  await run('readwrite', (store) => store.put({ ...chosen, key: keyOf(chosen), isPaused }));
}

export const forget = async (key: string): Promise<void> => void (await run('readwrite', (store) => store.delete(key)));

export const recall = async (): Promise<Kept[]> => (await run<Kept[]>('readonly', (store) => store.getAll())) ?? [];
