// The progress of one upload: the snapshot, then the newest progress at most ten times a second, until the upload ends.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import { hasTag } from '../../fsm/tags.ts';
import type { LoggedChange, UploadProgress } from '../change.ts';
import { LiveStream } from '../delivery/live-stream.ts';
import { PROGRESS_INTERVAL_MS, type ProgressHub } from './hub.ts';

export class UploadProgressStream extends LiveStream<UploadProgress> {
  readonly #hub: ProgressHub;
  readonly #tenant: string;
  readonly #snapshot: FileSnapshot;
  readonly #changes: LiveStream<LoggedChange>;
  readonly #leaving = new AbortController();
  #unsubscribe: () => void = () => undefined;
  /** Not delivered yet. */
  #newest: UploadProgress | null = null;
  /** Reports come straight from their commit and may overtake the logged change before them: older ones are ignored. */
  #version = -1;
  /** Nothing comes after `#newest`: it is terminal, the file was deleted, or its changes have ended. */
  #isLast = false;
  #failure: unknown = null;
  #isDelivering = false;

  /** `changes`: those of the file since before the snapshot was read. */
  constructor(hub: ProgressHub, tenant: string, snapshot: FileSnapshot, changes: LiveStream<LoggedChange>) {
    super();
    this.#hub = hub;
    this.#tenant = tenant;
    this.#snapshot = snapshot;
    this.#changes = changes;
  }

  protected override start(): void {
    this.#unsubscribe = this.#hub.subscribe(this.#snapshot.id, (reportedBy, progress) => {
      if (reportedBy === this.#tenant && !this.#isLast && progress.version >= this.#version) this.#update(progress);
    });
    // In the same tick as the subscribing: no report since the snapshot was read is lost.
    this.#update(this.#hub.progressSince(this.#snapshot));
    if (this.isOver || this.#isLast) return;
    this.#changes.deliverTo({
      offer: (change) => this.#onChange(change),
      take: (change) => Promise.resolve(void this.#onChange(change)),
      end: (failure) => this.#finish(failure),
    });
  }

  protected override leave(): void {
    this.#unsubscribe();
    this.#leaving.abort();
    void this.#changes.return();
  }

  #onChange({ kind, version, file }: LoggedChange): true {
    if (kind === 'DELETED') this.#finish(null);
    else if (!this.#isLast && version > this.#version) this.#update(this.#hub.progressOf(file));
    return true;
  }

  #update(progress: UploadProgress): void {
    this.#newest = progress;
    this.#version = progress.version;
    this.#isLast = hasTag(progress.state, 'terminal');
    void this.#deliver();
  }

  /** Ends the stream when what is known has been delivered. */
  #finish(failure: unknown): void {
    if (!this.#isLast) this.#failure = failure;
    this.#isLast = true;
    this.#leaving.abort(); // ends the pause
    void this.#deliver();
  }

  async #deliver(): Promise<void> {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      while (this.#newest !== null && !this.isOver) {
        const progress = this.#newest;
        this.#newest = null;
        await this.subscriber!.take(progress);
        if (!this.#isLast || this.#newest !== null) await this.#pause();
      }
      this.#isDelivering = false;
      if (this.#isLast) this.end(this.#failure);
    } catch (error) {
      this.end(error);
    }
  }

  async #pause(): Promise<void> {
    await sleep(PROGRESS_INTERVAL_MS, undefined, { signal: this.#leaving.signal }).catch(() => undefined);
  }
}
