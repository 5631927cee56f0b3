// The progress of one upload: the snapshot, then the newest word at most ten times a second, until it has ended.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { FileState } from '../fsm/machine.ts';
import { Bell } from './bell.ts';
import type { LoggedChange, UploadProgress } from './change.ts';
import type { ProgressHub } from './progress-hub.ts';

/** Contract: at most 10 a second. */
export const PROGRESS_INTERVAL_MS = 100;

const ENDS: ReadonlySet<FileState> = new Set<FileState>(['INDEXED', 'FAILED']);

export async function* watchProgress(
  hub: ProgressHub,
  tenant: string,
  snapshot: FileSnapshot,
  changes: AsyncGenerator<LoggedChange, void>,
  signal: AbortSignal,
): AsyncGenerator<UploadProgress, void> {
  if (ENDS.has(snapshot.state)) {
    yield hub.progressOf(snapshot);
    return;
  }
  const bell = new Bell();
  const waiter = bell.enter(signal);
  // Asked in the same breath as the listening begins: a report since the snapshot was read is not lost.
  let latest: UploadProgress | null = hub.progressSince(snapshot);
  // Reports come straight from their commit and may overtake the logged change they follow.
  let { version: newest } = latest;
  let ended = false;
  let failure: Error | undefined;

  const stopListening = hub.listen(snapshot.id, (reportedBy, progress) => {
    if (ended || reportedBy !== tenant || progress.version < newest) return;
    newest = progress.version;
    latest = progress;
    bell.ring();
  });

  async function followChanges(): Promise<void> {
    for await (const { kind, version, file } of changes) {
      if (kind === 'DELETED') break;
      if (version <= newest) continue;
      newest = version;
      latest = hub.progressOf(file);
      ended = ENDS.has(file.state);
      if (ended) break;
      bell.ring();
    }
  }

  const following = followChanges()
    .catch((error: Error) => {
      failure = error;
    })
    .finally(() => {
      ended = true;
      bell.ring();
    });

  try {
    for (;;) {
      if (latest !== null) {
        const progress: UploadProgress = latest;
        latest = null;
        yield progress;
        await sleep(PROGRESS_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
      }
      if (signal.aborted || (ended && latest === null)) break;
      if (latest === null) await waiter.next();
    }
    if (failure !== undefined) throw failure;
  } finally {
    stopListening();
    waiter.leave();
    await changes.return();
    await following;
  }
}
