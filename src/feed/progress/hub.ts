// Upload progress in memory: the newest report of each upload, its rate over the last seconds, and its subscribers.
import { hasTag } from '../../fsm/tags.ts';
import type { ProgressFacts, UploadProgress } from '../change.ts';
import { phaseOf } from './phase.ts';

/** Of one file a subscriber gets at most 10 reports a second (contract). */
export const PROGRESS_INTERVAL_MS = 100;

const RATE_WINDOW_MS = 5_000;
// A file without a report for so long is forgotten; its next report begins a new rate.
const FORGET_AFTER_MS = 60_000;

/** Stands for every file; not a UUID. */
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

export type ProgressSubscriber = (tenant: string, progress: UploadProgress) => void;

export class ProgressHub {
  /** In order of last report. */
  readonly #uploads = new Map<string, Upload>();
  /** By file id. */
  readonly #subscribers = new Map<string, Set<ProgressSubscriber>>();
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
    this.#uploads.set(file.id, { samples: [...recent, { at, bytes: file.bytesReceived }], newest: factsOf(file) });
    const progress = this.progressOf(file);
    for (const key of [file.id, ALL]) {
      for (const subscriber of this.#subscribers.get(key) ?? []) subscriber(tenant, progress);
    }
  }

  /** Forgets every report. Call when the log was taken back: what was reported may never have been. */
  clear(): void {
    this.#uploads.clear();
  }

  /** The progress of a file as it was read, with the rate if that is known. */
  progressOf(facts: ProgressFacts): UploadProgress {
    const { id, version, state, bytesReceived, size, updatedAt } = facts;
    const bytesPerSecond = hasTag(state, 'receiving') ? this.#rateOf(id) : null;
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
      ...phaseOf(facts),
      asOf: updatedAt,
    };
  }

  /** The progress of a file as it was read, or as reported since. */
  progressSince(snapshot: ProgressFacts): UploadProgress {
    const reported = this.#uploads.get(snapshot.id)?.newest;
    return this.progressOf(reported !== undefined && isNewer(reported, snapshot) ? reported : snapshot);
  }

  /** Calls `subscriber` with each report on one file, or on all (null), until the returned function is called. */
  subscribe(fileId: string | null, subscriber: ProgressSubscriber): () => void {
    const key = fileId ?? ALL;
    const subscribers = this.#subscribers.get(key) ?? new Set();
    this.#subscribers.set(key, subscribers.add(subscriber));
    return () => {
      subscribers.delete(subscriber);
      if (subscribers.size === 0 && this.#subscribers.get(key) === subscribers) this.#subscribers.delete(key);
    };
  }

  /** Those of these files (null: of all files) that have a subscriber; null when there is a subscriber to all files. */
  withSubscribers(fileIds: readonly string[] | null): readonly string[] | null {
    if (this.#subscribers.has(ALL)) return fileIds;
    return fileIds === null ? [...this.#subscribers.keys()] : fileIds.filter((id) => this.#subscribers.has(id));
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

/** A copy: the file itself, with its metadata and properties, may be 64 KiB and would be kept for a minute. */
const factsOf = ({ id, state, version, bytesReceived, size, processing, updatedAt }: ProgressFacts): ProgressFacts => ({
  id,
  state,
  version,
  bytesReceived,
  size,
  processing,
  updatedAt,
});

/** Within one version the bytes never become fewer; a worker may begin again, and has only the time of the row. */
function isNewer(a: ProgressFacts, b: ProgressFacts): boolean {
  if (a.version !== b.version) return a.version > b.version;
  return a.bytesReceived > b.bytesReceived || (a.bytesReceived === b.bytesReceived && a.updatedAt > b.updatedAt);
}
