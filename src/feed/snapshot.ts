// A file as it is now, and where in the feed its later changes follow.
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import { DomainError } from '../errors.ts';
import { LOGGED_CHANGES } from './change.ts';
import type { StreamStart } from './delivery/change-stream.ts';
import type { FeedPoller } from './delivery/poller.ts';

/** Reads a file of a tenant as it is now; null: there is none. */
export type ReadFile = (tenant: string, fileId: string) => Promise<FileSnapshot | null>;

/** The file does not exist, or belongs to another tenant. */
export class FileNotFound extends DomainError<'FILE_NOT_FOUND'> {
  constructor() {
    super('FILE_NOT_FOUND', 'There is no such file.');
  }
}

/**
 * The place is taken before the row is read, so that no change falls between the two. The row may be ahead of the feed; it is
 * given away when this replica has read so far, because it would not notice that the log was taken back to somewhere between.
 * @throws FileNotFound
 */
export async function readSnapshot(
  poller: Pick<FeedPoller, 'ring' | 'restarts' | 'catchUp'>,
  readFile: ReadFile,
  { tenant, fileId }: { readonly tenant: string; readonly fileId: string },
): Promise<{ snapshot: FileSnapshot; start: StreamStart }> {
  for (;;) {
    const { restarts } = poller;
    const { place } = poller.ring;
    const snapshot = await readFile(tenant, fileId);
    if (snapshot === null) throw new FileNotFound();
    await poller.catchUp();
    if (poller.restarts !== restarts) continue;
    return { snapshot, start: { tenant, filter: { ...LOGGED_CHANGES, ids: new Set([fileId]) }, place } };
  }
}
