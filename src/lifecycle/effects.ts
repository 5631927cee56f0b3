// Carries out what the machine asked for, on the locked row, inside the transaction that records the move.
import type { File } from '../entities/file.ts';
import type { Effect } from '../fsm/types.ts';
import type { ByteLedger } from './byte-ledger.ts';

/** Where it is noted that nobody needs the bytes of a file any more. */
type Discards = Pick<ByteLedger, 'discard'>;

type CarryOut<Type extends Effect['type']> = (
  file: File,
  effect: Extract<Effect, { type: Type }>,
  bytes: Discards,
) => void;

const CARRY_OUT: { readonly [Type in Effect['type']]: CarryOut<Type> } = {
  countAttempt: (file) => {
    file.attempts += 1;
  },
  // An EXTERNAL upload is complete when its client says so; the bytes of a MANAGED one are counted as they arrive.
  completeProgress: (file) => {
    if (file.transfer === 'EXTERNAL' && file.size != null) file.bytesReceived = file.size;
  },
  // What an EXTERNAL client sends on its next attempt is its own affair; bytes held here can be continued from.
  rewindProgress: (file) => {
    if (file.transfer === 'EXTERNAL') file.bytesReceived = 0;
  },
  discardBytes: (file, _effect, bytes) => discardBytes(file, bytes),
  recordFailure: (file, { failure }) => {
    file.failure = failure;
  },
  clearFailure: (file) => {
    file.failure = null;
  },
};

export function carryOut(file: File, effect: Effect, bytes: Discards): void {
  (CARRY_OUT[effect.type] as CarryOut<Effect['type']>)(file, effect, bytes);
}

/** The file is as if no byte had come: what the store holds of it is nobody's from this commit on. */
export function discardBytes(file: File, bytes: Discards): void {
  file.bytesReceived = 0;
  if (file.transfer !== 'MANAGED') return;
  if (!file.digestDeclared) file.sha256 = null;
  bytes.discard(file.id);
}
