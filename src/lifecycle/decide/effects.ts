// Carries out the effects of a transition on the locked row, in the transaction that records it.
import type { File } from '../../entities/file.ts';
import type { Effect } from '../../fsm/types.ts';
import type { SegmentWrites } from '../batch/segment-writes.ts';

/** Takes note that the bytes of a file are no longer needed. */
type Discards = Pick<SegmentWrites, 'discard'>;

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
  // An EXTERNAL client may start again at any byte; bytes stored here are kept, so the upload can resume.
  rewindProgress: (file) => {
    file.properties = {};
    if (file.transfer === 'EXTERNAL') file.bytesReceived = 0;
  },
  discardBytes: (file, _effect, bytes) => {
    file.properties = {};
    discardBytes(file, bytes);
  },
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

/** Sets the file back to no bytes; the sweep removes what the store has of it after this commit. */
export function discardBytes(file: File, bytes: Discards): void {
  file.bytesReceived = 0;
  if (file.transfer !== 'MANAGED') return;
  if (!file.digestDeclared) file.sha256 = null;
  bytes.discard(file.id);
}
