// The stream of changes with upload progress mixed in where it was asked for. Logged changes are never held up or
// dropped; of progress only the newest word on each file is kept, and passed on at most ten times a second.
import type { Bell, Waiter } from './bell.ts';
import { type Change, type ProgressChange, type UploadProgress, matches } from './change.ts';
import type { Wanted } from './change-index.ts';
import type { Follower } from './follow.ts';
import type { ProgressHub, ProgressListener } from './progress-hub.ts';
import { PROGRESS_INTERVAL_MS } from './watch-progress.ts';

export async function* followWithProgress(
  follower: Follower,
  bell: Pick<Bell, 'enter'>,
  hub: ProgressHub,
  wanted: Wanted,
  signal: AbortSignal,
): AsyncGenerator<Change, void> {
  const waiter = bell.enter(signal);
  const newest = new NewestProgress(hub, wanted, waiter);
  try {
    while (!signal.aborted) {
      for await (const change of follower.drain(signal)) {
        newest.forget(change.fileId, change.version);
        yield change;
      }
      for (const progress of newest.take()) {
        yield changeOf(progress, follower.position);
      }
      await waiter.next();
    }
  } finally {
    newest.close();
    waiter.leave();
  }
}

const changes = new WeakMap<UploadProgress, ProgressChange>();

/** One object for all who are told the same, so that it is printed once for them. */
function changeOf(progress: UploadProgress, position: number): ProgressChange {
  const known = changes.get(progress);
  if (known?.position === position) return known;
  const { fileId, asOf: occurredAt } = progress;
  const change: ProgressChange = { kind: 'PROGRESSED', position, fileId, progress, occurredAt };
  changes.set(progress, change);
  return change;
}

/** The newest progress of each file since it was last taken. */
class NewestProgress {
  readonly #pending = new Map<string, UploadProgress>();
  readonly #waiter: Waiter;
  readonly #stopListening: readonly (() => void)[];
  #timer: NodeJS.Timeout | undefined;
  #due = true;

  constructor(hub: ProgressHub, { tenant, filter }: Wanted, waiter: Waiter) {
    this.#waiter = waiter;
    if (!filter.kinds.has('PROGRESSED')) {
      this.#stopListening = [];
      return;
    }
    const hear: ProgressListener = (reportedBy, progress) => {
      if (reportedBy !== tenant || !matches(filter, 'PROGRESSED', progress.fileId, progress.state)) return;
      this.#pending.set(progress.fileId, progress);
      if (this.#due) waiter.nudge();
    };
    // By file where files are named: what nobody listens to is not read when another replica reports it.
    const wanted = filter.ids === null ? [null] : [...filter.ids];
    this.#stopListening = wanted.map((fileId) => hub.listen(fileId, hear));
  }

  take(): UploadProgress[] {
    if (!this.#due || this.#pending.size === 0) return [];
    const taken = [...this.#pending.values()];
    this.#pending.clear();
    this.#due = false;
    this.#timer = setTimeout(() => {
      this.#due = true;
      if (this.#pending.size > 0) this.#waiter.nudge();
    }, PROGRESS_INTERVAL_MS);
    return taken;
  }

  /** A logged change overtakes what was known before it; progress made since may have come here first. */
  forget(fileId: string, version: number): void {
    if ((this.#pending.get(fileId)?.version ?? version) < version) this.#pending.delete(fileId);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const stop of this.#stopListening) stop();
  }
}
