// Tells the other replicas whose progress was reported here, and hears whose was there. Only ids travel, few times a
// second, whatever the number of uploads; who has somebody watching reads the rows and so has the newest word.

export interface ProgressExchangeOptions {
  /** Names this replica, so that it does not listen to itself: a UUID. */
  readonly replicaId: string;
  /** Sends one payload to all replicas. */
  readonly notify: (payload: string) => Promise<void>;
  /** Progress was reported elsewhere: of these files, or of more than could be named (null). */
  readonly onHeard: (fileIds: readonly string[] | null) => void;
}

/** At most ten notifications a second. */
const INTERVAL_MS = 100;
// A payload must stay below 8000 bytes (https://www.postgresql.org/docs/current/sql-notify.html). A UUID in base64url is
// 22 characters.
const ID_LENGTH = 22;
const IDS_A_PAYLOAD = 340;
// More than four payloads would keep the last one waiting for longer than the 500 ms promised.
const MOST_NAMED = 4 * IDS_A_PAYLOAD;
const TOO_MANY = '*';

const pack = (uuid: string): string => Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');

function unpack(packed: string): string {
  const hex = Buffer.from(packed, 'base64url').toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export class ProgressExchange {
  readonly #options: ProgressExchangeOptions;
  readonly #from: string;
  readonly #pending = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ProgressExchangeOptions) {
    this.#options = options;
    this.#from = pack(options.replicaId);
  }

  /** Progress of this file was reported here. */
  tell(fileId: string): void {
    if (this.#stopped) return; // a report that was accepted before the stop may commit after it
    this.#pending.add(fileId);
    this.#timer ??= setTimeout(() => this.#send(), INTERVAL_MS);
  }

  hear(payload: string): void {
    if (payload.startsWith(this.#from)) return;
    const packed = payload.slice(ID_LENGTH);
    if (packed === TOO_MANY) return this.#options.onHeard(null);
    const count = Math.floor(packed.length / ID_LENGTH);
    const ids = Array.from({ length: count }, (_, at) => unpack(packed.slice(at * ID_LENGTH, (at + 1) * ID_LENGTH)));
    this.#options.onHeard(ids);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #send(): void {
    this.#timer = undefined;
    const payload = this.#from + (this.#pending.size > MOST_NAMED ? this.#takeAll() : this.#take());
    // Progress is newest wins: what could not be sent is overtaken by the next report.
    this.#options.notify(payload).catch(() => undefined);
    if (this.#pending.size > 0) this.#timer = setTimeout(() => this.#send(), INTERVAL_MS);
  }

  #take(): string {
    const ids = [...this.#pending.values().take(IDS_A_PAYLOAD)];
    for (const id of ids) this.#pending.delete(id);
    return ids.map(pack).join('');
  }

  #takeAll(): string {
    this.#pending.clear();
    return TOO_MANY;
  }
}
