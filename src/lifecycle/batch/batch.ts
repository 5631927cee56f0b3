// What the deciders of one batch share: the locked files, the keys used before, and the one way to record a change.
import { snapshotOf } from '../../entities/file-snapshot.ts';
import type { File } from '../../entities/file.ts';
import { DEADLINES, type Timers } from '../../fsm/deadlines.ts';
import type { FileState } from '../../fsm/machine.ts';
import { hasTag } from '../../fsm/tags.ts';
import type { LifecycleEngine } from '../../fsm/types.ts';
import type { Attempt } from '../attempt-log.ts';
import type { Claimable } from './claimable.ts';
import type { ProcessingPolicy } from '../processing-policy.ts';
import type { QuotaCheck } from './quota-check.ts';
import type { SegmentWrites } from './segment-writes.ts';
import type { Command, TransitionRecord, Transitioned } from '../commands.ts';
import type { IdempotencyKeys } from './idempotency-keys.ts';
import type { NewChange, BatchWrites } from './writes.ts';

export interface Batch {
  /** The database's time: every change of a batch has the same. */
  readonly now: Date;
  readonly engine: LifecycleEngine;
  /** The files locked by this batch, by id. A removed file leaves the map. */
  readonly files: Map<string, File>;
  readonly keys: IdempotencyKeys;
  /** What this batch does to the segments of MANAGED files. */
  readonly bytes: SegmentWrites;
  /** What each claim of the batch may take; in `files` too. */
  readonly claimable: Claimable;
  readonly policy: ProcessingPolicy;
  readonly quotas: QuotaCheck;
  readonly timers: Timers;
  /** A new UUIDv7. */
  readonly newId: () => string;
  readonly writes: BatchWrites;
  /** Transitions that the server makes by itself: attempts like any other, and logged like them. */
  readonly serverTransitions: ServerTransition[];
}

/** Who changes a file, and under which attempt. */
export type Attribution = Pick<Command, 'tenant' | 'actor' | 'attemptId'>;

export interface ServerTransition {
  readonly attempt: Attempt;
  readonly answer: Transitioned;
}

type Logged = Pick<NewChange, 'kind' | 'version'> &
  Partial<Pick<NewChange, 'event' | 'fromState' | 'toState' | 'failure'>>;

/** Marks a file as changed now. The batch's time is from before the lock, so the row may be newer. */
export function touch(batch: Batch, file: File): void {
  if (file.updatedAt < batch.now) file.updatedAt = batch.now;
}

/**
 * Sets when the state the file is in now has to end by itself.
 * @param from the state before, of a transition
 */
export function setDeadline(batch: Batch, file: File, from: FileState = file.state): void {
  const isProcessed = hasTag(from, 'processing') && hasTag(file.state, 'failed');
  file.dueAt = (isProcessed ? retryAtOf(batch, file) : null) ?? deadlineOf(batch, file);
}

/**
 * When the file's state has to end, or its partial bytes, or when it is retried (clients see that one: `retryAt` of
 * src/entities/file-snapshot.ts), counted from its last change; null: never.
 */
export function deadlineOf(batch: Batch, file: File): Date | null {
  const deadline = DEADLINES[file.state];
  if (deadline === null || (deadline.outcome === 'discardPartialBytes' && !hasPartialBytes(file))) return null;
  const { processing, claimableAt } = file;
  const since = processing == null ? file.updatedAt : new Date(processing.since);
  const dueAt = new Date(since.getTime() + batch.timers[isFirstWait(file) ? 'queueTimeout' : deadline.timer]);
  // A file whose processing was cancelled has until the lease of its worker ends.
  return processing?.cancelRequested === true && claimableAt != null && claimableAt < dueAt ? claimableAt : dueAt;
}

/** Whether no worker of this service has taken the file yet: that many files wait is no fault of theirs. */
const isFirstWait = ({ queue, processing }: File): boolean => queue === 'builtin' && processing?.epoch === 0;

/**
 * When a file whose processing failed is retried by itself: if a retry can help, and all its bytes are here. Spread over a
 * fifth of the time, by its id, so that what failed together does not come back together.
 */
export function retryAtOf({ policy, engine }: Batch, file: File): Date | null {
  const { failure, attempts, state, updatedAt, id } = file;
  if (failure == null || !hasAllBytes(file)) return null;
  const afterMs = policy.retryAfterMs(failure, attempts);
  if (afterMs === null || !engine.allowedEvents(state, file).includes('RETRY')) return null;
  const spread = 0.9 + (0.2 * Number.parseInt(id.slice(-4), 16)) / 0xffff;
  return new Date(updatedAt.getTime() + Math.round(afterMs * spread));
}

/** Whether the store holds all bytes of the file. */
export const hasAllBytes = ({ transfer, bytesReceived, size }: File): boolean =>
  transfer === 'MANAGED' && bytesReceived === size;

/** Whether the store holds some bytes of the file, but not all. */
const hasPartialBytes = ({ transfer, bytesReceived, size }: File): boolean =>
  transfer === 'MANAGED' && bytesReceived > 0 && bytesReceived !== size;

const NO_TRANSITION = { event: null, fromState: null, toState: null, failure: null };

/** Adds one row to the change log: the only way a change of a file becomes known. */
export function logChange(batch: Batch, by: Attribution, file: File, logged: Logged): NewChange {
  const change: NewChange = {
    ...NO_TRANSITION,
    ...logged,
    tenant: by.tenant,
    fileId: file.id,
    attemptId: by.attemptId,
    actor: by.actor,
    file: snapshotOf(file),
    occurredAt: file.updatedAt,
  };
  batch.writes.log(change);
  return change;
}

/** The locked file of a command, if it exists and belongs to the command's tenant. */
export function findLocked(batch: Batch, command: Command): File | undefined {
  const file = batch.files.get(command.fileId);
  return file?.tenant === command.tenant ? file : undefined;
}

/** What a row of the log says of a transition. */
export type LoggedTransition = Omit<NewChange, 'tenant' | 'kind' | 'file'>;

/** The transition that a row of the log records. */
export function transitionOf(change: LoggedTransition): TransitionRecord {
  const { fileId, event, fromState, toState, version, attemptId, actor, failure, occurredAt } = change;
  if (event == null || fromState == null || toState == null) {
    throw new TypeError(`version ${version} of ${fileId} is no transition`);
  }
  return {
    fileId,
    event,
    from: fromState,
    to: toState,
    version,
    attemptId,
    actor,
    failure: failure ?? null,
    occurredAt: occurredAt.toISOString(),
  };
}
