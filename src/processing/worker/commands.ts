// The commands that a worker sends about the files it has.
import { UNSPECIFIED } from '../../fsm/failures.ts';
import type { Failure } from '../../fsm/types.ts';
import type { Properties } from '../../entities/file.ts';
import type { AnswerOf, TransitionCommand } from '../../lifecycle/commands.ts';
import type { ClaimedFile, ExtendCommand, ReleaseCommand } from '../../lifecycle/processing-commands.ts';
import type { Progress } from './held-file.ts';

/** Who moves files, in the change log. */
export const ACTOR = 'system:processing';

type NewId = () => string;

const addressed = ({ tenant, file, leaseToken }: ClaimedFile, newId: NewId) => ({
  tenant,
  actor: ACTOR,
  attemptId: newId(),
  fileId: file.id,
  leaseToken,
});

export const extension = (
  claimed: ClaimedFile,
  newId: NewId,
  leaseMs: number,
  progress: Progress | null,
): ExtendCommand => ({
  kind: 'extend',
  ...addressed(claimed, newId),
  leaseMs,
  progress: progress?.fraction ?? null,
  message: progress?.message ?? null,
  properties: null,
});

export const release = (claimed: ClaimedFile, newId: NewId, afterMs: number): ReleaseCommand => ({
  kind: 'release',
  ...addressed(claimed, newId),
  afterMs,
});

const transition = (claimed: ClaimedFile, newId: NewId): Omit<TransitionCommand, 'event'> => ({
  kind: 'transition',
  ...addressed(claimed, newId),
  expectedVersion: null,
  idempotencyKey: null,
  failure: UNSPECIFIED,
  properties: null,
});

export const completion = (claimed: ClaimedFile, newId: NewId, properties: Properties): TransitionCommand => ({
  ...transition(claimed, newId),
  event: 'COMPLETE_PROCESSING',
  properties,
});

export const failing = (claimed: ClaimedFile, newId: NewId, failure: Failure): TransitionCommand => ({
  ...transition(claimed, newId),
  event: 'FAIL_PROCESSING',
  failure,
});

/** The lease is over: another worker has the file, or there is no such file. */
export const saysLost = (answer: AnswerOf['extend' | 'release']): boolean =>
  answer.outcome === 'refused' && (answer.code === 'STALE_LEASE' || answer.code === 'FILE_NOT_FOUND');
