// The commands of the lifecycle and their answers. A refusal is an answer; an error thrown is a defect, or a database that
// cannot be reached.
import type { Addressed } from './addressed.ts';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { Properties, TransferMode } from '../entities/file.ts';
import type { FileState, LifecycleEvent } from '../fsm/machine.ts';
import type { Failure } from '../fsm/types.ts';
import type {
  CancelCommand,
  Cancelled,
  ClaimCommand,
  Claimed,
  ExtendCommand,
  Extended,
  ReleaseCommand,
  Released,
  ReprocessCommand,
} from './processing-commands.ts';

export interface RegisterCommand extends Addressed {
  readonly kind: 'register';
  readonly name: string;
  readonly contentType: string;
  readonly transfer: TransferMode;
  readonly size: number | null;
  readonly sha256: string | null;
  readonly metadata: Record<string, unknown>;
  /** The Upload-Metadata header as it was sent; null: there was none, or it is too long to be kept. */
  readonly metadataHeader: string | null;
  readonly maxAttempts: number;
  readonly idempotencyKey: string | null;
}

export interface TransitionCommand extends Addressed {
  readonly kind: 'transition';
  readonly event: LifecycleEvent;
  readonly expectedVersion: number | null;
  readonly idempotencyKey: string | null;
  readonly failure: Failure;
  /** Proves that the sender has the lease of a file in PROCESSING; null: it has none. */
  readonly leaseToken: string | null;
  /** Of COMPLETE_PROCESSING: added to those of the file. */
  readonly properties: Properties | null;
}

export interface ProgressCommand extends Addressed {
  readonly kind: 'progress';
  readonly bytesReceived: number;
}

export interface RemoveCommand extends Addressed {
  readonly kind: 'remove';
  readonly expectedVersion: number | null;
}

/** Bytes of a MANAGED file have become durable; sent by its writer (src/uploads), never by a client. */
export interface ReceiveCommand extends Addressed {
  readonly kind: 'receive';
  /** Of the writer's lease: a writer whose lease was taken over stores nothing. */
  readonly epoch: number;
  /** Durable bytes of the file. The first command starts the upload, even with no new byte. */
  readonly offset: number;
  /** The segments that have grown, with their durable bytes. */
  readonly segments: readonly SegmentLength[];
  /** SHA-256 over all bytes, lower-case hex, when `offset` is the size; otherwise null. */
  readonly sha256: string | null;
  /** The store no longer has the bytes it acknowledged: the upload fails, and a retry starts at byte 0. */
  readonly lost: boolean;
}

export interface SegmentLength {
  readonly id: string;
  readonly length: number;
}

/** Ends a state whose deadline has passed. */
export interface ExpireCommand extends Addressed {
  readonly kind: 'expire';
}

export type Command =
  | RegisterCommand
  | TransitionCommand
  | ProgressCommand
  | RemoveCommand
  | ReceiveCommand
  | ExpireCommand
  | ClaimCommand
  | ExtendCommand
  | ReleaseCommand
  | CancelCommand
  | ReprocessCommand;
export type KeyedCommand = (RegisterCommand | TransitionCommand) & { readonly idempotencyKey: string };

/** A recorded transition of one file. */
export interface TransitionRecord {
  readonly fileId: string;
  readonly event: LifecycleEvent;
  readonly from: FileState;
  readonly to: FileState;
  /** The file's version after this transition. */
  readonly version: number;
  readonly attemptId: string;
  readonly actor: string;
  readonly failure: Failure | null;
  /** RFC 3339, UTC. */
  readonly occurredAt: string;
}

export type RejectionCode =
  | 'TRANSITION_NOT_ALLOWED'
  | 'GUARD_REJECTED'
  | 'FORBIDDEN'
  | 'STALE_VERSION'
  | 'IDEMPOTENCY_MISMATCH'
  | 'INVALID_INPUT'
  | 'STALE_LEASE'
  | 'QUOTA_EXCEEDED';
/** UNAVAILABLE: too much is waiting, and nothing was done. */
export type RefusalCode =
  | 'FILE_NOT_FOUND'
  | 'FILE_BUSY'
  | 'IDEMPOTENCY_MISMATCH'
  | 'UNAVAILABLE'
  | 'STALE_LEASE'
  | 'INVALID_INPUT'
  | 'QUOTA_EXCEEDED';

export interface Registered {
  readonly outcome: 'registered';
  readonly file: FileSnapshot;
  readonly replayed: boolean;
}

export interface Transitioned {
  readonly outcome: 'transitioned';
  /** The file as committed: after this transition, and after the moves of the server that followed from it. */
  readonly file: FileSnapshot;
  readonly transition: TransitionRecord;
  /** The verdict of the edge's guard, null when it has none or the answer is a replay. */
  readonly guard: true | null;
  readonly replayed: boolean;
}

export interface Progressed {
  readonly outcome: 'progressed';
  readonly file: FileSnapshot;
}

export interface Removed {
  readonly outcome: 'removed';
  readonly fileId: string;
}

/** The file was found and locked, and the answer is no. */
export interface Rejected {
  readonly outcome: 'rejected';
  readonly code: RejectionCode;
  readonly message: string;
  readonly attemptId: string;
  readonly file: FileSnapshot;
  /** The verdict of the guard, null when none was asked. */
  readonly guard: false | null;
}

/** The answer is no, and there is no file to show for it. */
export interface Refused {
  readonly outcome: 'refused';
  readonly code: RefusalCode;
  readonly message: string;
  readonly field: string | null;
}

/** This command failed (a guard threw); the others of its batch did not. */
export interface Failed {
  readonly outcome: 'failed';
  readonly error: unknown;
}

/** Another writer has the lease: nothing was stored. */
export interface LeaseLost {
  readonly outcome: 'lease_lost';
}

/** `kept` when bytes or another transition came before the deadline was looked at. */
export interface Expiry {
  readonly outcome: 'expired' | 'kept';
}

export type Answer =
  | Registered
  | Transitioned
  | Progressed
  | Removed
  | LeaseLost
  | Expiry
  | Claimed
  | Extended
  | Released
  | Cancelled
  | Rejected
  | Refused
  | Failed;

/** What a command of each kind can be answered with. */
export interface AnswerOf {
  readonly register: Registered | Refused | Failed;
  readonly transition: Transitioned | Rejected | Refused | Failed;
  readonly progress: Progressed | Rejected | Refused | Failed;
  readonly remove: Removed | Rejected | Refused | Failed;
  readonly receive: Progressed | LeaseLost | Rejected | Refused | Failed;
  readonly expire: Expiry | Refused | Failed;
  readonly claim: Claimed | Refused | Failed;
  readonly extend: Extended | Refused | Failed;
  readonly release: Released | Refused | Failed;
  readonly cancel: Cancelled | Rejected | Refused | Failed;
  readonly reprocess: Transitioned | Rejected | Refused | Failed;
}
