// A transition of one locked file: the row changes, the log records it, the deadline of the new state is set.
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import type { File } from '../../entities/file.ts';
import { UNSPECIFIED } from '../../fsm/failures.ts';
import type { LifecycleEvent } from '../../fsm/machine.ts';
import type { Accepted, Failure } from '../../fsm/types.ts';
import type { Transitioned } from '../commands.ts';
import { carryOut } from './effects.ts';
import { followState } from './processing.ts';
import type { NewChange } from '../batch/writes.ts';
import { type Attribution, type Batch, logChange, setDeadline, touch, transitionOf } from '../batch/batch.ts';

export function recordTransition(
  batch: Batch,
  by: Attribution,
  file: File,
  event: LifecycleEvent,
  accepted: Accepted,
): NewChange {
  const fromState = file.state;
  file.state = accepted.to;
  file.version += 1;
  touch(batch, file);
  for (const effect of accepted.effects) carryOut(file, effect, batch.bytes);
  followState(batch, file);
  setDeadline(batch, file, fromState);
  return logChange(batch, by, file, {
    kind: 'TRANSITIONED',
    version: file.version,
    event,
    fromState,
    toState: accepted.to,
    failure: file.failure ?? null,
  });
}

/** @param file as committed: after the change, and after the server's own moves that followed from it */
export const answerWith = (
  change: NewChange,
  file: FileSnapshot,
  guard: true | null,
  replayed: boolean,
): Transitioned => ({
  outcome: 'transitioned',
  file,
  transition: transitionOf(change),
  guard,
  replayed,
});

/**
 * A transition that the server makes by itself, as `system:<component>`.
 * @throws TypeError when the machine does not allow it: the caller looked at the state under the same lock
 */
export function transitionByServer(
  batch: Batch,
  file: File,
  component: 'uploads' | 'deadlines' | 'processing' | 'retries',
  event: LifecycleEvent,
  failure: Failure = UNSPECIFIED,
): NewChange {
  const decision = batch.engine.decide(file.state, event, { facts: file, failure });
  if (decision.outcome !== 'accepted') throw new TypeError(`${event} from ${file.state}: ${decision.outcome}`);
  const by: Attribution = { tenant: file.tenant, actor: `system:${component}`, attemptId: batch.newId() };
  const change = recordTransition(batch, by, file, event, decision);
  const attempt = { attemptId: by.attemptId, actor: by.actor, fileId: file.id, event };
  batch.serverTransitions.push({ attempt, answer: answerWith(change, change.file, decision.guard, false) });
  return change;
}
