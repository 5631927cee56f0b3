// How many bytes a file takes of its tenant's quota: its declared size, from its registration until it is deleted. A FAILED
// file of which no byte is left takes none; its RETRY reserves them again. The bytes of EXTERNAL files are not stored here.
import type { File } from '../entities/file.ts';
import { hasTag, statesWith } from '../fsm/tags.ts';

export type Sized = Pick<File, 'transfer' | 'size' | 'state' | 'bytesReceived'>;

export const reservedBytes = ({ transfer, size, state, bytesReceived }: Sized): number =>
  transfer === 'MANAGED' && !(hasTag(state, 'failed') && bytesReceived === 0) ? (size ?? 0) : 0;

const FAILED = statesWith('failed')
  .map((state) => `'${state}'`)
  .join();

/** The same as an expression over a row of `file`. */
export const RESERVED_BYTES = `case when transfer = 'MANAGED' and not (state in (${FAILED}) and bytes_received = 0)
  then size else 0 end`;
