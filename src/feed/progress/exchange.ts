// Tells the other replicas which uploads made progress here, and learns which did there. Only file ids are sent, at most
// ten payloads a second for any number of uploads; a replica that has subscribers to these files reads the rows.

export interface ProgressExchangeOptions {
  /** A UUID, by which this replica recognises its own payloads. */
  readonly replicaId: string;
  /** Sends a payload to all replicas. */
  readonly publish: (payload: string) => Promise<void>;
  /** Another replica has made progress with these files, or with more than it could name (null). */
  readonly onProgress: (fileIds: readonly string[] | null) => void;
}

/** Between payloads. */
const INTERVAL_MS = 100;
// A payload must stay below 8000 bytes (https://www.postgresql.org/docs/current/sql-notify.html). A UUID in base64url is
// 22 characters.
const ID_LENGTH = 22;
const IDS_A_PAYLOAD = 340;
// With more than four payloads the last one would be later than the 500 ms that are promised.
const MAX_NAMED = 4 * IDS_A_PAYLOAD;
const ALL = '*';

const pack = (uuid: string): string => Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');

const PAYLOAD = /^([\w-]{22})(?:(\*)|((?:[\w-]{22})+))$/;

function unpack(packed: string): string {
  const hex = Buffer.from(packed, 'base64url').toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export class ProgressExchange {
  readonly #options: ProgressExchangeOptions;
  readonly #sender: string;
  readonly #pending = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ProgressExchangeOptions) {
    this.#options = options;
    this.#sender = pack(options.replicaId);
  }

  /** Call when progress of this file was reported here. */
  announce(fileId: string): void {
    if (this.#stopped) return; // a report that was accepted before the stop may commit after it
    this.#pending.add(fileId);
    this.#timer ??= setTimeout(() => this.#send(), INTERVAL_MS);
  }

  /** Call with each payload that arrives. One that no replica would send is ignored. */
  receive(payload: string): void {
    const [, sender, all, packed = ''] = PAYLOAD.exec(payload) ?? [];
    if (sender === undefined || sender === this.#sender || packed.length > IDS_A_PAYLOAD * ID_LENGTH) return;
    if (all !== undefined) return this.#options.onProgress(null);
    const count = packed.length / ID_LENGTH;
    const ids = Array.from({ length: count }, (_, at) => unpack(packed.slice(at * ID_LENGTH, (at + 1) * ID_LENGTH)));
    this.#options.onProgress(ids);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #send(): void {
    this.#timer = undefined;
    const payload = this.#sender + (this.#pending.size > MAX_NAMED ? this.#takeAll() : this.#take());
    // A payload that is lost does no harm: the next report on the file brings newer progress.
    this.#options.publish(payload).catch(() => undefined);
    if (this.#pending.size > 0) this.#timer = setTimeout(() => this.#send(), INTERVAL_MS);
  }

  #take(): string {
    const ids = [...this.#pending.values().take(IDS_A_PAYLOAD)];
    for (const id of ids) this.#pending.delete(id);
    return ids.map(pack).join('');
  }

  #takeAll(): string {
    this.#pending.clear();
    return ALL;
  }
}
