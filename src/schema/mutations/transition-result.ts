// What every transition is asked with and answered with, one at a time, in bulk, or by the name of its event.
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import { FAILED_STATE, type LifecycleEvent } from '../../fsm/machine.ts';
import { LIFECYCLE_EDGES } from '../../fsm/edges.ts';
import type { TransitionCommand, TransitionRecord } from '../../lifecycle/commands.ts';
import { authorize } from '../authorize.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { RequestError, TransitionRejected } from '../types/errors.ts';
import { File } from '../types/file.ts';
import { Transition } from '../types/transition.ts';
import { invalid, requireFailure, requireFileId, requireKey, requireVersion } from '../validate.ts';

export const FailureInput = builder.inputType('FailureInput', {
  description: 'Why something failed.',
  fields: (t) => ({
    code: t.string({ required: true, description: 'The kind of failure, for programs: 1 to 100 characters.' }),
    message: t.string({ required: true, description: 'What happened, for people: 1 to 2000 characters.' }),
    retryable: t.boolean({ description: 'Whether trying again could help; true if not given.' }),
  }),
});

export interface TransitionSuccess {
  readonly file: FileSnapshot;
  readonly transition: TransitionRecord;
  readonly replayed: boolean;
}

const TransitionFileSuccess = builder.objectRef<TransitionSuccess>('TransitionFileSuccess').implement({
  description: 'The file has moved: this answer is on disk.',
  fields: (t) => ({
    file: t.expose('file', { type: File, description: 'The file as of this transition.' }),
    transition: t.expose('transition', { type: Transition, description: 'The move.' }),
    replayed: t.exposeBoolean('replayed', { description: 'Whether an earlier request with this key did it.' }),
  }),
});

export const TransitionFileResult = builder.errorUnion('TransitionFileResult', {
  description: 'What a transition is answered with.',
  types: [TransitionFileSuccess, TransitionRejected, RequestError],
  resolveType: () => TransitionFileSuccess.name,
});

export interface TransitionInput {
  readonly id: string;
  readonly event: LifecycleEvent;
  readonly expectedVersion?: number | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
  readonly failure?: typeof FailureInput.$inferInput | null | undefined;
}

const UNSPECIFIED = { code: 'UNSPECIFIED', message: 'No reason was given.', retryable: true };

const FAILING: ReadonlySet<LifecycleEvent> = new Set(
  LIFECYCLE_EDGES.filter(({ to }) => to === FAILED_STATE).map(({ event }) => event),
);

/** @throws RequestError INVALID_INPUT, FORBIDDEN */
export function toTransitionCommand(input: TransitionInput, context: GraphQLContext): TransitionCommand {
  const { event, failure, expectedVersion, idempotencyKey } = input;
  if (failure != null && !FAILING.has(event)) throw invalid('failure', `failure does not go with ${event}.`);
  return {
    ...authorize(context, 'transition'),
    kind: 'transition',
    attemptId: context.newId(),
    fileId: requireFileId('id', input.id),
    event,
    expectedVersion: expectedVersion == null ? null : requireVersion(expectedVersion),
    idempotencyKey: idempotencyKey == null ? null : requireKey(idempotencyKey),
    failure: failure == null ? UNSPECIFIED : requireFailure(failure),
  };
}
