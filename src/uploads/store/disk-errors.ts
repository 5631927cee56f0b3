// The error codes of a full disk.
import { constants } from 'node:os';
import { StorageFull } from './byte-store.ts';

// By number, because Node has no name for EDQUOT. EFBIG: the file system or a process limit allows no larger file.
const FULL: readonly (number | undefined)[] = [constants.errno.ENOSPC, constants.errno.EDQUOT, constants.errno.EFBIG];

/** StorageFull when the disk is full, otherwise the error itself. */
export function asStoreError(error: unknown): Error {
  const known = error instanceof Error ? error : new Error(String(error), { cause: error });
  const { errno = 0 } = known as NodeJS.ErrnoException;
  return FULL.includes(-errno) ? new StorageFull(known) : known;
}
