// The lifecycle as the contract has it, written out by hand from its list of events and derived from nothing in src/:
// what every engine is held against. Total, so that a new state or event does not compile until it is answered here.
import type { FileState, LifecycleEvent } from '../../src/fsm/machine.ts';

export interface ContractEdge {
  readonly to: FileState;
  readonly guarded: boolean;
}

const to = (state: FileState): ContractEdge => ({ to: state, guarded: false });
const guarded = (state: FileState): ContractEdge => ({ to: state, guarded: true });
const none = null;

export const CONTRACT_TABLE: Readonly<Record<FileState, Readonly<Record<LifecycleEvent, ContractEdge | null>>>> = {
  UNTRACKED: {
    START_UPLOAD: to('UPLOADING'),
    COMPLETE_UPLOAD: none,
    FAIL_UPLOAD: none,
    COMPLETE_PROCESSING: none,
    FAIL_PROCESSING: none,
    RETRY: none,
    RESET: none,
    FAIL_RESET: none,
  },
  UPLOADING: {
    START_UPLOAD: none,
    COMPLETE_UPLOAD: to('PROCESSING'),
    FAIL_UPLOAD: to('FAILED'),
    COMPLETE_PROCESSING: none,
    FAIL_PROCESSING: none,
    RETRY: none,
    RESET: none,
    FAIL_RESET: none,
  },
  PROCESSING: {
    START_UPLOAD: none,
    COMPLETE_UPLOAD: none,
    FAIL_UPLOAD: none,
    COMPLETE_PROCESSING: to('INDEXED'),
    FAIL_PROCESSING: to('FAILED'),
    RETRY: none,
    RESET: none,
    FAIL_RESET: none,
  },
  INDEXED: {
    START_UPLOAD: none,
    COMPLETE_UPLOAD: none,
    FAIL_UPLOAD: none,
    COMPLETE_PROCESSING: none,
    FAIL_PROCESSING: none,
    RETRY: none,
    RESET: to('UNTRACKED'),
    FAIL_RESET: to('FAILED'),
  },
  FAILED: {
    START_UPLOAD: none,
    COMPLETE_UPLOAD: none,
    FAIL_UPLOAD: none,
    COMPLETE_PROCESSING: none,
    FAIL_PROCESSING: none,
    RETRY: guarded('UNTRACKED'),
    RESET: none,
    FAIL_RESET: none,
  },
};
