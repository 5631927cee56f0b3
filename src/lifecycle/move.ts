// A move of one locked file: the row changes, the log records, the deadline of the new state is set.
import type { File } from '../entities/file.ts';
import type { LifecycleEvent } from '../fsm/machine.ts';
import type { Decision, Failure } from '../fsm/types.ts';
import type { Transitioned } from './commands.ts';
import { carryOut } from './effects.ts';
import type { NewChange } from './unit-writes.ts';
import { type Mover, type Unit, logChange, setDeadline, touch, transitionOf } from './unit.ts';

export type Move = Extract<Decision, { outcome: 'moved' }>;

const NO_FAILURE: Failure = { code: 'UNSPECIFIED', message: 'No reason was given.', retryable: true };

export function recordMove(unit: Unit, mover: Mover, file: File, event: LifecycleEvent, move: Move): NewChange {
  const fromState = file.state;
  file.state = move.to;
  file.version += 1;
  touch(unit, file);
  for (const effect of move.effects) carryOut(file, effect, unit.bytes);
  setDeadline(unit, file);
  return logChange(unit, mover, file, {
    kind: 'TRANSITIONED',
    version: file.version,
    event,
    fromState,
    toState: move.to,
    failure: file.failure ?? null,
  });
}

export const answerWith = (change: NewChange, guard: true | null, replayed: boolean): Transitioned => ({
  outcome: 'transitioned',
  file: change.file,
  transition: transitionOf(change),
  guard,
  replayed,
});

/**
 * A move that the server makes by itself, as `system:<component>`.
 * @throws TypeError when the machine does not have it: the caller looked at the state under the same lock
 */
export function moveOurselves(
  unit: Unit,
  file: File,
  component: 'uploads' | 'deadlines',
  event: LifecycleEvent,
  failure: Failure = NO_FAILURE,
): NewChange {
  const decision = unit.engine.decide(file.state, event, { facts: file, failure });
  if (decision.outcome !== 'moved') throw new TypeError(`${event} from ${file.state}: ${decision.outcome}`);
  const mover: Mover = { tenant: file.tenant, actor: `system:${component}`, attemptId: unit.newId() };
  const change = recordMove(unit, mover, file, event, decision);
  const attempt = { attemptId: mover.attemptId, actor: mover.actor, fileId: file.id, event };
  unit.ownMoves.push({ attempt, answer: answerWith(change, decision.guard, false) });
  return change;
}
