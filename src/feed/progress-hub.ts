// Upload progress in memory: the newest word on each upload, its rate over the last seconds, and who wants to hear it.
import type { ProgressFacts, UploadProgress } from './change.ts';

const RATE_WINDOW_MS = 5_000;
// A file nobody reported on for so long is forgotten; its next report begins a new rate.
const FORGET_AFTER_MS = 60_000;

// No UUID.
const ALL = '*';

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

interface Upload {
  /** Of the last seconds, oldest first; never empty. */
  readonly samples: readonly Sample[];
  readonly newest: ProgressFacts;
}

export type ProgressListener = (tenant: string, progress: UploadProgress) => void;

export class ProgressHub {
  /** In order of last report. */
  readonly #uploads = new Map<string, Upload>();
  /** By file id; those of ALL hear of every file. */
  readonly #listeners = new Map<string, Set<ProgressListener>>();
  readonly #now: () => number;

  /** `now`: milliseconds on a clock that only goes forward. */
  constructor(now: () => number) {
    this.#now = now;
  }

  report(tenant: string, file: ProgressFacts): void {
    this.#forgetOld();
    const at = this.#now();
    const known = this.#uploads.get(file.id)?.samples ?? [];
    const recent = known.filter((sample) => at - sample.at <= RATE_WINDOW_MS);
    this.#uploads.delete(file.id); // to the end
    this.#uploads.set(file.id, { samples: [...recent, { at, bytes: file.bytesReceived }], newest: file });
    const progress = this.progressOf(file);
    for (const key of [file.id, ALL]) {
      for (const listener of this.#listeners.get(key) ?? []) listener(tenant, progress);
    }
  }

  /** The progress a file stands at, with its rate where one is known. */
  progressOf({ id, version, state, bytesReceived, size, updatedAt }: ProgressFacts): UploadProgress {
    const bytesPerSecond = state === 'UPLOADING' ? this.#rateOf(id) : null;
    const left = size === null || size === undefined ? null : size - bytesReceived;
    const etaSeconds = left === null || bytesPerSecond === null || bytesPerSecond === 0 ? null : left / bytesPerSecond;
    return {
      fileId: id,
      version,
      state,
      bytesReceived,
      size: size ?? null,
      bytesPerSecond,
      etaSeconds,
      asOf: updatedAt,
    };
  }

  /** Where an upload stands: at what was read of it, or at what has been reported since. */
  progressSince(snapshot: ProgressFacts): UploadProgress {
    const reported = this.#uploads.get(snapshot.id)?.newest;
    return this.progressOf(reported !== undefined && isNewer(reported, snapshot) ? reported : snapshot);
  }

  /** Calls back for one file, or for every one (null), until the returned function is called. */
  listen(fileId: string | null, listener: ProgressListener): () => void {
    const key = fileId ?? ALL;
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
    };
  }

  /** Of these files, or of all there are (null), those somebody here listens to; null when somebody listens to all. */
  listenedTo(fileIds: readonly string[] | null): readonly string[] | null {
    if (this.#listeners.has(ALL)) return fileIds;
    return fileIds === null ? [...this.#listeners.keys()] : fileIds.filter((id) => this.#listeners.has(id));
  }

  #rateOf(fileId: string): number | null {
    const samples = this.#uploads.get(fileId)?.samples;
    const first = samples?.[0];
    const last = samples?.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at) return null;
    return Math.max(0, ((last.bytes - first.bytes) * 1_000) / (last.at - first.at));
  }

  #forgetOld(): void {
    const oldest = this.#now() - FORGET_AFTER_MS;
    for (const [fileId, { samples }] of this.#uploads) {
      if ((samples.at(-1)?.at ?? 0) > oldest) return;
      this.#uploads.delete(fileId);
    }
  }
}

/** Within one version, progress never moves backwards. */
const isNewer = (a: ProgressFacts, b: ProgressFacts): boolean =>
  a.version > b.version || (a.version === b.version && a.bytesReceived > b.bytesReceived);
