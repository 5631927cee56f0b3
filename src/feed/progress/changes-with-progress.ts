// The stream of changes with upload progress between them. Logged changes are never held up or dropped; of progress only
// the newest of each file is kept, and delivered at most ten times a second.
import { type Change, type ProgressChange, type UploadProgress, matches } from '../change.ts';
import { type ChangeSource, ChangeStream, type StreamStart } from '../delivery/change-stream.ts';
import type { LiveStream } from '../delivery/live-stream.ts';
import { type Place, isSamePlace, placeOf } from '../place.ts';
import { PROGRESS_INTERVAL_MS, type ProgressHub, type ProgressSubscriber } from './hub.ts';

export function changesWithProgress(source: ChangeSource, start: StreamStart, hub: ProgressHub): LiveStream<Change> {
  const newest = new NewestProgress((progress) => stream.insert(progress.map((each) => toChange(each, stream.place))));
  const stream = new ChangeStream<Change>(source, start, {
    first: null,
    isEnd: () => false,
    itemOf: (change) => {
      newest.dropOlder(change.fileId, change.version);
      return change;
    },
  });
  const { tenant, filter } = start;
  const onProgress: ProgressSubscriber = (reportedBy, progress) => {
    const { fileId, state } = progress;
    if (reportedBy === tenant && matches(filter, { kind: 'PROGRESSED', fileId, state, from: null }))
      newest.add(progress);
  };
  // By file where the filter names files: what nobody subscribes to is not read when another replica reports it.
  const fileIds = filter.ids === null ? [null] : [...filter.ids];
  const unsubscribes = fileIds.map((fileId) => hub.subscribe(fileId, onProgress));
  stream.hold({
    release: () => {
      newest.stop();
      for (const unsubscribe of unsubscribes) unsubscribe();
    },
  });
  return stream;
}

const changes = new WeakMap<UploadProgress, ProgressChange>();

/** One object for all streams at the same position, so that it is printed once for all of their subscribers. */
function toChange(progress: UploadProgress, place: Place): ProgressChange {
  const known = changes.get(progress);
  if (known !== undefined && isSamePlace(known, place)) return known;
  const { fileId, asOf: occurredAt } = progress;
  const change: ProgressChange = { kind: 'PROGRESSED', ...placeOf(place), fileId, progress, occurredAt };
  changes.set(progress, change);
  return change;
}

/** The newest progress of each file that was not delivered yet. */
class NewestProgress {
  readonly #deliver: (progress: readonly UploadProgress[]) => boolean;
  readonly #pending = new Map<string, UploadProgress>();
  #pause: NodeJS.Timeout | undefined;

  /** `deliver` returns false when it has delivered nothing, and is then called again after a pause. */
  constructor(deliver: (progress: readonly UploadProgress[]) => boolean) {
    this.#deliver = deliver;
  }

  add(progress: UploadProgress): void {
    this.#pending.set(progress.fileId, progress);
    if (this.#pause === undefined) this.#flush();
  }

  /** Drops progress from before a logged change. Progress made since that change may have come here first: it stays. */
  dropOlder(fileId: string, version: number): void {
    if ((this.#pending.get(fileId)?.version ?? version) < version) this.#pending.delete(fileId);
  }

  stop(): void {
    clearTimeout(this.#pause);
  }

  #flush(): void {
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      if (this.#pending.size > 0) this.#flush();
    }, PROGRESS_INTERVAL_MS);
    if (this.#deliver([...this.#pending.values()])) this.#pending.clear();
  }
}
