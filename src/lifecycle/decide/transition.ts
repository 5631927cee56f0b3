// One transition of one locked file: the engine decides, the row changes, the log records it.
import type { File } from '../../entities/file.ts';
import type { LifecycleEvent } from '../../fsm/machine.ts';
import type { Accepted, Decision } from '../../fsm/types.ts';
import type { AnswerOf, Rejected, TransitionCommand, Transitioned } from '../commands.ts';
import { CANCELED } from '../../fsm/failures.ts';
import { hasTag } from '../../fsm/tags.ts';
import { reservedBytes } from '../reserved-bytes.ts';
import { finishStored, isStored } from './finish-upload.ts';
import { answerWith, recordTransition, transitionByServer } from './record-transition.ts';
import { type Batch, findLocked } from '../batch/batch.ts';
import { STALE_LEASE, addProperties, hasLease, isInProcessing, isLeased } from './processing.ts';
import { checkVersion, fileNotFound, keyMismatch, reject } from './refusals.ts';

type TransitionAnswer = AnswerOf['transition'];

// Events that the server itself sends to a MANAGED file (contract: TransferMode).
const SERVER_EVENTS: ReadonlySet<LifecycleEvent> = new Set<LifecycleEvent>(['START_UPLOAD', 'COMPLETE_UPLOAD']);

export function decideTransition(batch: Batch, command: TransitionCommand): TransitionAnswer {
  const file = findLocked(batch, command);
  const recalled = batch.keys.recall(command);
  if (recalled === 'mismatch') {
    return file === undefined ? keyMismatch : reject(command, file, keyMismatch.code, keyMismatch.message);
  }
  if (recalled !== undefined) return answerWith(recalled.change, recalled.file, null, true);
  if (file === undefined) return fileNotFound;
  return (
    checkVersion(command, file) ??
    checkSender(command, file) ??
    checkLease(batch, command, file) ??
    checkCancelled(batch, command, file) ??
    askEngine(batch, command, file)
  );
}

function askEngine(batch: Batch, command: TransitionCommand, file: File): TransitionAnswer {
  const { event, failure } = command;
  let decision: Decision;
  try {
    decision = batch.engine.decide(file.state, event, { facts: file, failure });
  } catch (error) {
    // A guard that throws has changed nothing: only this command fails.
    return { outcome: 'failed', error };
  }
  if (decision.outcome !== 'accepted') return explain(command, file, decision);
  const fault = addProperties(file, command.properties);
  if (fault !== null) return reject(command, file, 'INVALID_INPUT', fault);
  return takeQuota(batch, command, file, decision) ?? record(batch, command, file, decision);
}

/** Of a file whose bytes are to come again (RETRY, RESET). One that has them all is not uploaded again. */
function takeQuota(
  batch: Batch,
  command: TransitionCommand,
  file: File,
  { to, effects }: Accepted,
): Rejected | undefined {
  if (!hasTag(to, 'awaitingBytes')) return undefined;
  const isDiscarded = effects.some(({ type }) => type === 'discardBytes');
  const next = { ...file, state: to, bytesReceived: isDiscarded ? 0 : file.bytesReceived };
  const bytes = reservedBytes(next) - reservedBytes(file);
  const refusal = batch.quotas.take(file.tenant, { files: 0, bytes, openUploads: isStored(next) ? 0 : 1 });
  return refusal === null ? undefined : reject(command, file, 'QUOTA_EXCEEDED', refusal.message);
}

function record(batch: Batch, command: TransitionCommand, file: File, accepted: Accepted): Transitioned {
  const change = recordTransition(batch, command, file, command.event, accepted);
  batch.writes.texts.follow(file, command.leaseToken);
  // The file as committed: a retry of which no byte is missing is processing again by then.
  const { file: committed } = finishStored(batch, file) ?? change;
  batch.keys.remember(batch.writes, command, change, committed);
  return answerWith(change, committed, accepted.guard, false);
}

function checkSender(command: TransitionCommand, file: File): Rejected | undefined {
  if (file.transfer !== 'MANAGED' || !SERVER_EVENTS.has(command.event)) return undefined;
  const message = `The server itself sends ${command.event} to a MANAGED file, when its bytes come (uploadUrl).`;
  return reject(command, file, 'FORBIDDEN', message);
}

/** Only the worker that has the lease may end the processing; while nobody has it, anybody may. */
function checkLease(batch: Batch, command: TransitionCommand, file: File): Rejected | undefined {
  const { leaseToken } = command;
  const isGood =
    leaseToken === null ? !(isInProcessing(file) && isLeased(batch, file)) : hasLease(batch, file, leaseToken);
  if (!isGood) return reject(command, file, STALE_LEASE.code, STALE_LEASE.message);
  const isOurs = leaseToken !== null && file.queue === 'builtin';
  if (isOurs || command.event !== 'COMPLETE_PROCESSING' || !batch.policy.isCompletedByWorkers(file)) return;
  return reject(command, file, 'FORBIDDEN', 'The workers of this service scan the file, and complete its processing.');
}

/** A cancelled file fails, whatever its worker says of it. */
function checkCancelled(batch: Batch, command: TransitionCommand, file: File): Rejected | undefined {
  if (file.processing?.cancelRequested !== true) return undefined;
  if (batch.engine.decide(file.state, command.event, { facts: file, failure: CANCELED }).outcome !== 'accepted') return;
  transitionByServer(batch, file, 'processing', 'FAIL_PROCESSING', CANCELED);
  return reject(command, file, STALE_LEASE.code, 'The processing of this file was cancelled.');
}

function explain(command: TransitionCommand, file: File, decision: Exclude<Decision, Accepted>): Rejected {
  if (decision.outcome === 'not_allowed') {
    const message = `A file that is ${file.state} does not accept ${command.event}.`;
    return reject(command, file, 'TRANSITION_NOT_ALLOWED', message);
  }
  const message = `${command.event} was refused by its guard ${decision.guardName}.`;
  return reject(command, file, 'GUARD_REJECTED', message, false);
}
