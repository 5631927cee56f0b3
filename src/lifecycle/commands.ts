// What can be asked of the lifecycle and what it answers. Refusals are answers; an error thrown is a defect or a
// database that cannot be reached.
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { TransferMode } from '../entities/file.ts';
import type { FileState, LifecycleEvent } from '../fsm/machine.ts';
import type { Failure } from '../fsm/types.ts';

/** Who asks, and where: every query of a command is confined to the tenant. */
export interface Origin {
  readonly tenant: string;
  /** The principal's subject, or `system:<component>`. */
  readonly actor: string;
}

interface Asked extends Origin {
  /** UUIDv7 of this attempt; names the attempt in the log line and in the change log. */
  readonly attemptId: string;
  /** UUIDv7 of the file, for a registration the one it will have. */
  readonly fileId: string;
}

export interface RegisterCommand extends Asked {
  readonly kind: 'register';
  readonly name: string;
  readonly contentType: string;
  readonly transfer: TransferMode;
  readonly size: number | null;
  readonly sha256: string | null;
  readonly metadata: Record<string, unknown>;
  readonly maxAttempts: number;
  readonly idempotencyKey: string | null;
}

export interface TransitionCommand extends Asked {
  readonly kind: 'transition';
  readonly event: LifecycleEvent;
  readonly expectedVersion: number | null;
  readonly idempotencyKey: string | null;
  readonly failure: Failure;
}

export interface ProgressCommand extends Asked {
  readonly kind: 'progress';
  readonly bytesReceived: number;
}

export interface RemoveCommand extends Asked {
  readonly kind: 'remove';
  readonly expectedVersion: number | null;
}

/** Bytes of a MANAGED file have become durable; sent by its writer (src/uploads), never by a client. */
export interface ReceiveCommand extends Asked {
  readonly kind: 'receive';
  /** Of the writer's lease: one that was taken over stores nothing. */
  readonly epoch: number;
  /** Durable bytes of the file. At the number there is, the upload begins if it has not. */
  readonly offset: number;
  /** The segments that have grown, with their durable bytes. */
  readonly segments: readonly SegmentLength[];
  /** SHA-256 over all bytes, lower-case hex, when `offset` is the size; otherwise null. */
  readonly sha256: string | null;
  /** The bytes held turned out not to be there: the upload fails, and begins anew when it is retried. */
  readonly lost: boolean;
}

export interface SegmentLength {
  readonly id: string;
  readonly length: number;
}

/** Ends a state whose deadline has passed. */
export interface ExpireCommand extends Asked {
  readonly kind: 'expire';
}

export type Command =
  | RegisterCommand
  | TransitionCommand
  | ProgressCommand
  | RemoveCommand
  | ReceiveCommand
  | ExpireCommand;
export type KeyedCommand = (RegisterCommand | TransitionCommand) & { readonly idempotencyKey: string };

/** A recorded move of one file. */
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
  | 'INVALID_INPUT';
export type RefusalCode = 'FILE_NOT_FOUND' | 'FILE_BUSY' | 'IDEMPOTENCY_MISMATCH';

export interface Registered {
  readonly outcome: 'registered';
  readonly file: FileSnapshot;
  readonly replayed: boolean;
}

export interface Transitioned {
  readonly outcome: 'transitioned';
  /** The file as of this transition. */
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

/** There is no file to answer with. */
export interface Refused {
  readonly outcome: 'refused';
  readonly code: RefusalCode;
  readonly message: string;
  readonly field: string | null;
}

/** This one request broke (a guard threw); the others of its unit of work did not notice. */
export interface Failed {
  readonly outcome: 'failed';
  readonly error: unknown;
}

/** Somebody else writes now: nothing was stored. */
export interface LeaseLost {
  readonly outcome: 'lease_lost';
}

/** What a look at a deadline came to: `kept` when bytes or somebody else's move were faster. */
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
}
