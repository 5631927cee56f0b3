// One transition of one locked file: the engine decides, the row moves, the log records.
import { snapshotOf } from '../entities/file-snapshot.ts';
import type { FileChange } from '../entities/file-change.ts';
import type { File } from '../entities/file.ts';
import type { Decision } from '../fsm/types.ts';
import type { AnswerOf, Rejected, TransitionCommand, Transitioned } from './commands.ts';
import { carryOut } from './effects.ts';
import { type Unit, checkVersion, fileNotFound, findLocked, logChange, reject, touch, transitionOf } from './unit.ts';

type TransitionAnswer = AnswerOf['transition'];
type Move = Extract<Decision, { outcome: 'moved' }>;

const answerWith = (change: FileChange, guard: true | null, replayed: boolean): Transitioned => ({
  outcome: 'transitioned',
  file: change.file,
  transition: transitionOf(change),
  guard,
  replayed,
});

export function decideTransition(unit: Unit, command: TransitionCommand): TransitionAnswer {
  const file = findLocked(unit, command);
  const recalled = unit.keys.find(command);
  if (recalled === 'mismatch') return mismatch(command, file);
  if (recalled !== undefined) return answerWith(recalled.change, null, true);
  if (file === undefined) return fileNotFound;
  return checkVersion(command, file) ?? askEngine(unit, command, file);
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
  const fromState = file.state;
  file.state = move.to;
  file.version += 1;
  touch(unit, file);
  for (const effect of move.effects) carryOut(file, effect);
  const change = logChange(unit, command, file, {
    kind: 'TRANSITIONED',
    version: file.version,
    event: command.event,
    fromState,
    toState: move.to,
    failure: file.failure ?? null,
  });
  unit.keys.remember(unit.em, command, change);
  return answerWith(change, move.guard, false);
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
