// One upload of a queue: what may be done with it, and what is shown of it.
import { WaybillError, toWaybillError } from '../errors.ts';
import type { ListedFileFragment as WaybillFile } from '../generated/operations.ts';
import { linkSignals } from '../wait.ts';
import { nameOf, typeOf } from './fingerprint.ts';
import { Meter, etaOf } from './meter.ts';
import type { UploadSnapshot } from './snapshot.ts';
import { Transfer, type TransferOptions, type TransferState } from './transfer.ts';

interface Ending {
  readonly promise: Promise<WaybillFile>;
  readonly resolve: (file: WaybillFile) => void;
  readonly reject: (error: WaybillError) => void;
}

export class QueuedUpload {
  readonly id: string;
  readonly local: Blob;
  /** By what the queue knows the file when it is added again; null: only the very same object. */
  readonly description: string | null;
  snapshot: UploadSnapshot;
  readonly #task: Omit<TransferOptions, 'report'>;
  readonly #transfer: Transfer;
  readonly #changed: () => void;
  readonly #meter = new Meter();
  #running: AbortController | null = null;
  #ending = createEnding();

  constructor(id: string, description: string | null, task: Omit<TransferOptions, 'report'>, changed: () => void) {
    const { local, options } = task;
    this.id = id;
    this.local = local;
    this.description = description;
    this.#task = task;
    this.#changed = changed;
    this.#transfer = new Transfer({ ...task, report: (change) => this.#take(change) });
    this.snapshot = {
      id,
      name: nameOf(local, options),
      contentType: typeOf(local, options),
      size: local.size,
      status: 'waiting',
      bytesHashed: 0,
      bytesSent: 0,
      bytesReceived: 0,
      bytesPerSecond: null,
      etaSeconds: null,
      isRecognised: false,
      file: undefined,
    };
  }

  /** Settles when it is done, has failed, or is canceled. */
  get ended(): Promise<WaybillFile> {
    return this.#ending.promise;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  get isOver(): boolean {
    return ['done', 'failed', 'canceled'].includes(this.snapshot.status);
  }

  start(): void {
    const { waybill } = this.#task;
    const running = new AbortController();
    const { controller, release } = linkSignals([running.signal, waybill.closed]);
    this.#running = running;
    this.#show({ status: 'preparing' });
    this.#transfer
      .run(controller.signal)
      .then(
        (file) => this.#end(running, { status: 'done', file, error: undefined, bytesSent: this.snapshot.size }),
        (error: unknown) => this.#end(running, { status: 'failed', error: toWaybillError(error) }),
      )
      .finally(release);
  }

  pause(): void {
    if (this.isOver || this.snapshot.status === 'paused') return;
    this.#stop();
    this.#show({ status: 'paused', error: undefined });
  }

  resume(): void {
    if (this.snapshot.status === 'paused') this.#show({ status: 'waiting' });
  }

  retry(): void {
    if (this.snapshot.status !== 'failed') return;
    this.#ending = createEnding();
    this.#show({ status: 'waiting', error: undefined });
  }

  cancel(): void {
    const { status } = this.snapshot;
    if (status === 'done' || status === 'canceled') return;
    this.#stop();
    this.#show({ status: 'canceled', error: undefined });
    this.#ending.reject(new WaybillError('CANCELED', 'The upload was canceled.'));
    // That the server could not delete it is shown; it ends the upload itself some time.
    this.#transfer.discard().catch((error: unknown) => this.#show({ error: toWaybillError(error) }));
  }

  #stop(): void {
    const running = this.#running;
    this.#running = null;
    this.#meter.reset();
    running?.abort(new WaybillError('STOPPED', 'The upload was stopped.'));
  }

  /** What a run says that was stopped is not heard. */
  #end(running: AbortController, change: Partial<TransferState>): void {
    if (this.#running !== running) return;
    this.#running = null;
    this.#show(change);
    if (change.error !== undefined) this.#ending.reject(change.error);
    else this.#ending.resolve(change.file as WaybillFile);
  }

  #take(change: Partial<TransferState>): void {
    if (this.#running !== null) this.#show(change);
  }

  #show(change: Partial<TransferState>): void {
    const { error, ...known } = { ...this.snapshot, ...change };
    const { status, size, bytesReceived } = known;
    if (status === 'sending' && error === undefined) this.#meter.add(bytesReceived);
    else this.#meter.reset();
    const { bytesPerSecond } = this.#meter;
    const etaSeconds = status === 'sending' ? etaOf(size - bytesReceived, bytesPerSecond) : null;
    this.snapshot = { ...known, bytesPerSecond, etaSeconds, ...(error !== undefined && { error }) };
    this.#changed();
  }
}

function createEnding(): Ending {
  let settle: Pick<Ending, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<WaybillFile>((resolve, reject) => (settle = { resolve, reject }));
  // Whoever only adds files looks at the snapshot.
  promise.catch(() => undefined);
  return { promise, ...settle! };
}
