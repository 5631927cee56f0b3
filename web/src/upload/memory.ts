// What is remembered of unfinished uploads in IndexedDB, so that they go on after a reload: which file of the server each is,
// and, unless it is very large, the file of the user itself.

export interface Remembered {
  /** Of the upload on this page. */
  readonly key: string;
  readonly fingerprint: string;
  readonly name: string;
  readonly size: number;
  readonly contentType: string;
  /** Makes a registration that is repeated the same one. */
  readonly idempotencyKey: string;
  /** Null until it is registered. */
  readonly fileId: string | null;
  readonly isPaused: boolean;
  /** Null: too large to be kept; it has to be given once more. */
  readonly file: File | null;
}

/** Browsers copy what is stored. */
const MAX_KEPT_BYTES = 1_000_000_000;
const STORE = 'uploads';

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

export const remember = async (upload: Remembered): Promise<void> => {
  const file = upload.size > MAX_KEPT_BYTES ? null : upload.file;
  await run('readwrite', (store) => store.put({ ...upload, file }));
};

export const forget = async (key: string): Promise<void> => void (await run('readwrite', (store) => store.delete(key)));

export const recall = async (): Promise<Remembered[]> =>
  (await run<Remembered[]>('readonly', (store) => store.getAll())) ?? [];

/** The same file of the user again, as well as it can be told without reading it. */
export const fingerprintOf = (file: File, name: string): string => [name, file.size, file.lastModified].join('|');
