// Carries out what the machine asked for, on the locked row, inside the transaction that records the move.
import type { File } from '../entities/file.ts';
import type { Effect } from '../fsm/types.ts';

type CarryOut<Type extends Effect['type']> = (file: File, effect: Extract<Effect, { type: Type }>) => void;

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
  discardBytes: (file) => {
    file.bytesReceived = 0;
  },
  recordFailure: (file, { failure }) => {
    file.failure = failure;
  },
  clearFailure: (file) => {
    file.failure = null;
  },
};

export function carryOut(file: File, effect: Effect): void {
  (CARRY_OUT[effect.type] as CarryOut<Effect['type']>)(file, effect);
}
