// Everything that is live.
import type { FileFilter } from '../generated/operations.ts';
import type { Connection } from './connection.ts';
import { type CountsSnapshot, createLiveCounts } from './counts.ts';
import { type LiveFile, createLiveFile } from './file.ts';
import { type FilesOptions, FilesStore, type LiveFiles } from './files.ts';
import type { Store } from './store.ts';

export interface Live {
  /** The files that match, read page by page and kept true. */
  files(filter?: FileFilter, options?: FilesOptions): LiveFiles;
  file(id: string): LiveFile;
  /** How many files there are in each state. */
  counts(): Store<CountsSnapshot>;
}

export const createLive = (connection: Connection): Live => ({
  files: (filter = {}, options = {}) => new FilesStore(connection, filter, options),
  file: (id) => createLiveFile(connection, id),
  counts: () => createLiveCounts(connection),
});
