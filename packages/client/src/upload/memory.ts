// Remembers which file of the server a local file is, so that it is recognised after a reload. The server is asked what has
// become of it: what is remembered is only an id.

/** localStorage, AsyncStorage of React Native, or a Map of your own. */
export interface UploadMemory {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): void | Promise<void>;
  removeItem(key: string): void | Promise<void>;
}

export interface Remembered {
  /** The idempotency key of its registration. */
  readonly key: string;
  /** Missing: the registration has got no answer yet. */
  readonly id?: string | undefined;
}

const PREFIX = 'waybill:upload:';
/** What is older is forgotten. */
const KEEP_MS = 90 * 24 * 3_600_000;

const texts = new Map<string, string>();
const OF_PROGRAM: UploadMemory = {
  getItem: (key) => texts.get(key) ?? null,
  setItem: (key, value) => void texts.set(key, value),
  removeItem: (key) => void texts.delete(key),
};

/** A memory that is full, or may not be used, remembers nothing; uploads go on without. */
export class Memory {
  readonly #store: UploadMemory;

  constructor(store: UploadMemory | undefined) {
    this.#store = store ?? ofPage() ?? OF_PROGRAM;
  }

  async read(fingerprint: string): Promise<Remembered | null> {
    try {
      const text = await this.#store.getItem(PREFIX + fingerprint);
      const { key, id } = (text === null ? {} : JSON.parse(text)) as Partial<Remembered>;
      return typeof key === 'string' ? { key, id } : null;
    } catch {
      return null;
    }
  }

  async write(fingerprint: string, remembered: Remembered): Promise<void> {
    try {
      await this.#store.setItem(PREFIX + fingerprint, JSON.stringify({ ...remembered, at: Date.now() }));
    } catch {
      // As said above.
    }
  }

  async forget(fingerprint: string): Promise<void> {
    try {
      await this.#store.removeItem(PREFIX + fingerprint);
    } catch {
      // As said above.
    }
  }
}

let isTidied = false;

function ofPage(): Storage | undefined {
  try {
    const { localStorage } = globalThis as { localStorage?: Storage };
    // Node has one that warns unless it is told where to keep it.
    if (localStorage === undefined || typeof document === 'undefined') return undefined;
    if (!isTidied) tidy(localStorage);
    isTidied = true;
    return localStorage;
  } catch {
    return undefined;
  }
}

function tidy(storage: Storage): void {
  const own = Array.from({ length: storage.length }, (_, at) => storage.key(at)).filter((key) =>
    key?.startsWith(PREFIX),
  );
  for (const key of own as string[]) {
    const { at = 0 } = JSON.parse(storage.getItem(key) ?? '{}') as { at?: number };
    if (at < Date.now() - KEEP_MS) storage.removeItem(key);
  }
}
