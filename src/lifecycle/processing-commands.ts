// The commands of processing and their answers: what workers send, and cancelling.
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { Properties } from '../entities/file.ts';
import type { Queue } from '../entities/processing.ts';
import type { Addressed } from './addressed.ts';

/** Takes files of a queue that nobody has (src/lifecycle/decide/claim.ts). Its `fileId` is of no file. */
export interface ClaimCommand extends Addressed {
  readonly kind: 'claim';
  readonly worker: string;
  readonly queue: Queue;
  /** How many files of which tenant at most. */
  readonly shares: readonly { readonly tenant: string; readonly files: number }[];
  /** Media types, `image/*` for all of a kind; null: any. */
  readonly contentTypes: readonly string[] | null;
  readonly leaseMs: number;
}

/** A sign of life of the worker that has the lease. */
export interface ExtendCommand extends Addressed {
  readonly kind: 'extend';
  readonly leaseToken: string;
  readonly leaseMs: number;
  /** 0 to 1; null leaves it as it is, as with the other fields. */
  readonly progress: number | null;
  readonly message: string | null;
  readonly properties: Properties | null;
}

/** The worker gives the file back: somebody may take it after a pause. */
export interface ReleaseCommand extends Addressed {
  readonly kind: 'release';
  readonly leaseToken: string;
  readonly afterMs: number;
}

/** Processing is no longer wanted: the worker is asked to stop; without one the file fails at once. */
export interface CancelCommand extends Addressed {
  readonly kind: 'cancel';
}

/** Processes a file once more from the bytes it has (src/lifecycle/decide/reprocess.ts). */
export interface ReprocessCommand extends Addressed {
  readonly kind: 'reprocess';
}

/** A file that a worker has taken. */
export interface ClaimedFile {
  readonly tenant: string;
  readonly file: FileSnapshot;
  readonly leaseToken: string;
  /** RFC 3339, by the database's clock. */
  readonly leaseExpiresAt: string;
  /** How many leases there have been since the file entered PROCESSING. */
  readonly attempt: number;
  /** Whether the worker before was not heard of any more. */
  readonly isTakenOver: boolean;
}

/** Fewer than asked for, or none, when there are no more. */
export interface Claimed {
  readonly outcome: 'claimed';
  readonly files: readonly ClaimedFile[];
  /** Files that were found and failed instead: cancelled ones, or such as have cost too many workers. There may be more. */
  readonly failed: number;
}

export interface Extended {
  readonly outcome: 'extended';
  readonly file: FileSnapshot;
  readonly leaseExpiresAt: string;
  readonly cancelRequested: boolean;
}

export interface Released {
  readonly outcome: 'released';
  readonly file: FileSnapshot;
}

export interface Cancelled {
  readonly outcome: 'cancelled';
  readonly file: FileSnapshot;
}
