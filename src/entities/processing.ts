// Who processes a file, and how far that has come: a column of the file's own row, set exactly while it is PROCESSING.
// The lease is part of it. When the lease ends is a column by itself (`claimableAt`), so that an index can find it.
import { without } from './left-out.ts';

/** Whose work a file is while it is PROCESSING: the workers of this service, or those that use `claimFiles`. */
export const QUEUES = ['builtin', 'external'] as const;
export type Queue = (typeof QUEUES)[number];

/** The files of one tenant in one queue. */
export interface QueuePlace {
  readonly queue: Queue;
  readonly tenant: string;
}

export interface Processing {
  /** RFC 3339: when processing began, or the newest lease was given. The deadline counts from here. */
  readonly since: string;
  /** Leases given since the file entered the state: a fence, +1 with each. */
  readonly epoch: number;
  /** Who has the lease, and the UUID that proves it; both null while nobody has. */
  readonly worker: string | null;
  readonly token: string | null;
  /** Leases that ended because their worker was not heard of any more. */
  readonly lost: number;
  /** 0 to 1; null: not reported. */
  readonly progress: number | null;
  readonly message: string | null;
  readonly cancelRequested: boolean;
}

/** As the row has it: without what is as in a file that nobody has taken yet. */
export type StoredProcessing = Partial<Processing>;

const USUAL: Omit<Processing, 'since'> = {
  epoch: 0,
  worker: null,
  token: null,
  lost: 0,
  progress: null,
  message: null,
  cancelRequested: false,
};

export const toStored = (processing: Processing | null): StoredProcessing | null =>
  processing && without(processing, USUAL);

export const fromStored = (stored: StoredProcessing | null): Processing | null =>
  stored && ({ ...USUAL, ...stored } as Processing);

/** What clients see of it: the token stays with the worker. */
export interface VisibleProcessing {
  readonly worker: string | null;
  /** 0 while nobody has taken the file yet. */
  readonly attempt: number;
  readonly progress: number | null;
  readonly message: string | null;
  /** RFC 3339; null while nobody has the lease. */
  readonly leaseExpiresAt: string | null;
  readonly cancelRequested: boolean;
}

/** @param claimableAt when the lease ends, if there is one: RFC 3339 */
export function visibleProcessing(
  processing: StoredProcessing | null | undefined,
  claimableAt: string | null,
): VisibleProcessing | null {
  if (processing == null) return null;
  const { worker, epoch, progress, message, cancelRequested } = { ...USUAL, ...processing };
  const leaseExpiresAt = worker === null ? null : claimableAt;
  return { worker, attempt: epoch, progress, message, leaseExpiresAt, cancelRequested };
}
