// What a file is doing, and how much of that is done.
import { hasTag } from '../../fsm/tags.ts';
import type { ProgressFacts, ProgressPhase } from '../change.ts';

export interface PhaseProgress {
  readonly phase: ProgressPhase;
  /** 0 to 1; null while it is not known. */
  readonly fraction: number | null;
  readonly message: string | null;
}

export function phaseOf({ state, bytesReceived, size, processing }: ProgressFacts): PhaseProgress {
  if (hasTag(state, 'processing')) {
    if (processing?.worker == null) return { phase: 'QUEUED', fraction: null, message: null };
    return { phase: 'RUNNING', fraction: processing.progress, message: processing.message };
  }
  if (hasTag(state, 'terminal')) return { phase: 'DONE', fraction: hasTag(state, 'ready') ? 1 : null, message: null };
  const fraction = size == null ? null : size === 0 ? 1 : bytesReceived / size;
  return { phase: hasTag(state, 'receiving') ? 'RECEIVING' : 'WAITING', fraction, message: null };
}
