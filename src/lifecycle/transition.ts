// One transition of one locked file: the engine decides, the row moves, the log records.
import { snapshotOf } from '../entities/file-snapshot.ts';
import type { File } from '../entities/file.ts';
import type { LifecycleEvent } from '../fsm/machine.ts';
import type { Decision } from '../fsm/types.ts';
import type { AnswerOf, Rejected, TransitionCommand, Transitioned } from './commands.ts';
import { finishHeld } from './finish.ts';
import { type Move, answerWith, recordMove } from './move.ts';
import { type Unit, checkVersion, fileNotFound, findLocked, reject } from './unit.ts';

type TransitionAnswer = AnswerOf['transition'];

// What the server itself says of bytes that come through it (contract: TransferMode).
const SERVER_EVENTS: ReadonlySet<LifecycleEvent> = new Set<LifecycleEvent>(['START_UPLOAD', 'COMPLETE_UPLOAD']);

export function decideTransition(unit: Unit, command: TransitionCommand): TransitionAnswer {
  const file = findLocked(unit, command);
  const recalled = unit.keys.find(command);
  if (recalled === 'mismatch') return mismatch(command, file);
  if (recalled !== undefined) return answerWith(recalled.change, null, true);
  if (file === undefined) return fileNotFound;
  return checkVersion(command, file) ?? checkSender(command, file) ?? askEngine(unit, command, file);
}

function askEngine(unit: Unit, command: TransitionCommand, file: File): TransitionAnswer {
  const { event, failure } = command;
  let decision: Decision;
  try {
    decision = unit.engine.decide(file.state, event, { facts: file, failure });
  } catch (error) {
    // A guard that throws has moved nothing: it is this request's failure and nobody else's.
    return { outcome: 'failed', error };
  }
  if (decision.outcome === 'moved') return record(unit, command, file, decision);
  return explain(command, file, decision);
}

function record(unit: Unit, command: TransitionCommand, file: File, move: Move): Transitioned {
  const change = recordMove(unit, command, file, command.event, move);
  unit.keys.remember(unit.writes, command, change);
  finishHeld(unit, file);
  return answerWith(change, move.guard, false);
}

function checkSender(command: TransitionCommand, file: File): Rejected | undefined {
  if (file.transfer !== 'MANAGED' || !SERVER_EVENTS.has(command.event)) return undefined;
  const message = `The server itself sends ${command.event} to a MANAGED file, when its bytes come (uploadUrl).`;
  return reject(command, file, 'FORBIDDEN', message);
}

function explain(command: TransitionCommand, file: File, decision: Exclude<Decision, Move>): Rejected {
  if (decision.outcome === 'not_allowed') {
    const message = `A file that is ${file.state} does not accept ${command.event}.`;
    return reject(command, file, 'TRANSITION_NOT_ALLOWED', message);
  }
  const message = `${command.event} was refused by its guard ${decision.guardName}.`;
  return reject(command, file, 'GUARD_REJECTED', message, false);
}

function mismatch(command: TransitionCommand, file: File | undefined): TransitionAnswer {
  const code = 'IDEMPOTENCY_MISMATCH';
  const message = 'This idempotency key was used before with another request.';
  if (file === undefined) return { outcome: 'refused', code, message, field: 'idempotencyKey' };
  return reject(command, snapshotOf(file), code, message);
}
