// A queue of uploads, as a store.
import type { Waybill } from '../client.ts';
import type { ListedFileFragment as WaybillFile } from '../generated/operations.ts';
import { onNextFrame } from '../live/frame.ts';
import { reasonOf } from '../wait.ts';
import { describe } from './fingerprint.ts';
import { Memory } from './memory.ts';
import type { UploadOptions, UploadsOptions } from './options.ts';
import { QueuedUpload } from './queued-upload.ts';
import type { UploadSnapshot, UploadsSnapshot } from './snapshot.ts';
import { sumOf } from './sum.ts';

export interface Uploads {
  /**
   * A file that is in the queue already is not added again, unless its upload was canceled; one that has failed or is paused
   * goes on.
   * @param files of an input, a drop, or a program: `event.dataTransfer.files`, `[new File([await openAsBlob(path)], name)]`
   * @returns the ids of their uploads in this queue
   */
  add(files: Iterable<Blob>, options?: UploadOptions): readonly string[];
  /**
   * Adds one file, and resolves when its upload is done. A signal that is aborted pauses it and rejects with its reason: what
   * the server has stays, and the same file goes on there.
   * @throws WaybillError: why it has failed; CANCELED
   */
  upload(file: Blob, options?: UploadOptions & UploadListening): Promise<WaybillFile>;
  /** @param id without it: all that are waiting or under way */
  pause(id?: string): void;
  /** Those that are paused. */
  resume(id?: string): void;
  /** Those that have failed. */
  retry(id?: string): void;
  /** Those that are not done. What the server has of a file that is not complete is deleted. */
  cancel(id?: string): void;
  /** Takes those that are done, failed or canceled out of the list. */
  clear(): void;
  /** @returns unsubscribes. The listener is called at most once a frame. */
  subscribe(listener: () => void): () => void;
  /** The same object until something changes. */
  getSnapshot(): UploadsSnapshot;
  /** What a server renders. */
  getServerSnapshot(): UploadsSnapshot;
}

export interface UploadListening {
  /** At most once a frame. */
  readonly onProgress?: ((upload: UploadSnapshot) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const CONCURRENCY = 3;
/** Files whose processing is waited for beside those that are sent. Each has a subscription. */
const MOST_WATCHED = 100;

export class UploadQueue implements Uploads {
  readonly #waybill: Waybill;
  readonly #options: UploadsOptions;
  readonly #memory: Memory;
  readonly #listeners = new Set<() => void>();
  #uploads: QueuedUpload[] = [];
  #count = 0;
  readonly #empty: UploadsSnapshot = sumOf([]);
  #snapshot = this.#empty;
  #isScheduled = false;

  constructor(waybill: Waybill, options: UploadsOptions) {
    this.#waybill = waybill;
    this.#options = options;
    this.#memory = new Memory(options.memory);
  }

  readonly add = (files: Iterable<Blob>, options: UploadOptions = {}): readonly string[] =>
    Array.from(files, (file) => this.#add(file, options).id);

  readonly upload = async (
    file: Blob,
    { onProgress, signal, ...options }: UploadOptions & UploadListening = {},
  ): Promise<WaybillFile> => {
    if (signal?.aborted === true) throw reasonOf(signal);
    const upload = this.#add(file, options);
    let shown: UploadSnapshot | undefined;
    const tell = (): void => {
      if (shown !== upload.snapshot) onProgress?.((shown = upload.snapshot));
    };
    const unsubscribe = this.subscribe(tell);
    let abort = (): void => undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      abort = () => {
        upload.pause();
        reject(reasonOf(signal!));
      };
      signal?.addEventListener('abort', abort);
    });
    try {
      return await Promise.race([upload.ended, aborted]);
    } finally {
      signal?.removeEventListener('abort', abort);
      unsubscribe();
      tell();
    }
  };

  readonly pause = (id?: string): void => this.#each(id, (upload) => upload.pause());
  readonly resume = (id?: string): void => this.#each(id, (upload) => upload.resume());
  readonly retry = (id?: string): void => this.#each(id, (upload) => upload.retry());
  readonly cancel = (id?: string): void => this.#each(id, (upload) => upload.cancel());

  readonly clear = (): void => {
    this.#uploads = this.#uploads.filter(({ isOver }) => !isOver);
    this.#changed();
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    // The same function may be subscribed twice.
    const call = (): void => listener();
    this.#listeners.add(call);
    return () => void this.#listeners.delete(call);
  };

  readonly getSnapshot = (): UploadsSnapshot => this.#snapshot;
  readonly getServerSnapshot = (): UploadsSnapshot => this.#empty;

  #add(local: Blob, given: UploadOptions): QueuedUpload {
    const { concurrency: _concurrency, memory: _memory, chunkSize, ...defaults } = this.#options;
    const options = { ...defaults, ...given };
    const description = describe(local, options);
    const known = this.#uploads.find(
      (upload) =>
        upload.snapshot.status !== 'canceled' &&
        (upload.local === local || (description !== null && upload.description === description)),
    );
    if (known !== undefined) {
      known.retry();
      known.resume();
      return known;
    }
    this.#count += 1;
    const task = { waybill: this.#waybill, memory: this.#memory, local, options, chunkSize };
    const upload = new QueuedUpload(`upload-${this.#count}`, description, task, () => this.#changed());
    this.#uploads.push(upload);
    this.#changed();
    return upload;
  }

  #each(id: string | undefined, act: (upload: QueuedUpload) => void): void {
    for (const upload of this.#uploads) if (id === undefined || upload.id === id) act(upload);
  }

  #changed(): void {
    this.#start();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    onNextFrame(() => this.#publish());
  }

  #start(): void {
    const { concurrency = CONCURRENCY } = this.#options;
    const running = this.#uploads.filter(({ isRunning }) => isRunning).length;
    const watched = this.#uploads.filter(({ snapshot }) => snapshot.status === 'processing').length;
    const free = concurrency - running + Math.min(watched, MOST_WATCHED);
    const waiting = this.#uploads.filter(({ snapshot }) => snapshot.status === 'waiting');
    // Each start comes back here before it returns.
    const next = free > 0 ? waiting[0] : undefined;
    next?.start();
  }

  #publish(): void {
    this.#isScheduled = false;
    this.#snapshot = sumOf(this.#uploads.map(({ snapshot }) => snapshot));
    // eslint-disable-next-line unicorn/no-useless-spread -- a listener may subscribe others, which are not called yet
    for (const listener of [...this.#listeners]) listener();
  }
}
