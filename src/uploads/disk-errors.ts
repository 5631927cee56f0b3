// The ways in which a disk says that it takes no more.
import { constants } from 'node:os';
import { StorageFull } from './byte-store.ts';

// By number, as Node has no name for EDQUOT. EFBIG: the largest file that the file system or a limit of the process allows.
const FULL: readonly (number | undefined)[] = [constants.errno.ENOSPC, constants.errno.EDQUOT, constants.errno.EFBIG];

/** The error as a store reports it: StorageFull where it means that, otherwise itself. */
export function asStoreError(error: unknown): Error {
  const known = error instanceof Error ? error : new Error(String(error), { cause: error });
  const { errno = 0 } = known as NodeJS.ErrnoException;
  return FULL.includes(-errno) ? new StorageFull(known) : known;
}
