// Upload progress in memory: the newest word on each upload, its rate over the last seconds, and who wants to hear it.
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { UploadProgress } from './change.ts';

const RATE_WINDOW_MS = 5_000;
// A file nobody reported on for so long is forgotten; its next report begins a new rate.
const FORGET_AFTER_MS = 60_000;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

interface Upload {
  /** Of the last seconds, oldest first; never empty. */
  readonly samples: readonly Sample[];
  readonly newest: FileSnapshot;
}

export type ProgressListener = (tenant: string, progress: UploadProgress) => void;

export class ProgressHub {
  /** In order of last report. */
  readonly #uploads = new Map<string, Upload>();
  readonly #listeners = new Set<ProgressListener>();
  readonly #now: () => number;

  /** `now`: milliseconds on a clock that only goes forward. */
  constructor(now: () => number) {
    this.#now = now;
  }

  report(tenant: string, file: FileSnapshot): void {
    this.#forgetOld();
    const at = this.#now();
    const known = this.#uploads.get(file.id)?.samples ?? [];
    const recent = known.filter((sample) => at - sample.at <= RATE_WINDOW_MS);
    this.#uploads.delete(file.id); // to the end
    this.#uploads.set(file.id, { samples: [...recent, { at, bytes: file.bytesReceived }], newest: file });
    const progress = this.progressOf(file);
    for (const listener of this.#listeners) listener(tenant, progress);
  }

  /** The progress a file stands at, with its rate where one is known. */
  progressOf({ id, version, state, bytesReceived, size, updatedAt }: FileSnapshot): UploadProgress {
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
  progressSince(snapshot: FileSnapshot): UploadProgress {
    const reported = this.#uploads.get(snapshot.id)?.newest;
    return this.progressOf(reported !== undefined && isNewer(reported, snapshot) ? reported : snapshot);
  }

  listen(listener: ProgressListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
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
const isNewer = (a: FileSnapshot, b: FileSnapshot): boolean =>
  a.version > b.version || (a.version === b.version && a.bytesReceived > b.bytesReceived);
