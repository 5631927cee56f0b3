// The result of a transition, for the mutations that send one event, many events, or the event they are named after.
import type { Transitioned } from '../../lifecycle/commands.ts';
import { builder } from '../builder.ts';
import { RequestErrorType, TransitionRejected } from '../types/errors.ts';
import { File } from '../types/file.ts';
import { Transition } from '../types/transition.ts';
import { resolveResultType } from './execute.ts';

const TransitionFileSuccess = builder.objectRef<Transitioned>('TransitionFileSuccess').implement({
  description: 'The transition was applied and is committed to disk.',
  fields: (t) => ({
    file: t.expose('file', {
      type: File,
      description: 'The file as committed: after this transition and the moves of the server that followed from it.',
    }),
    transition: t.expose('transition', { type: Transition, description: 'The transition that was applied.' }),
    replayed: t.exposeBoolean('replayed', {
      description: 'Whether an earlier request with the same idempotency key applied the transition.',
    }),
  }),
});

export const TransitionFileResult = builder.unionType('TransitionFileResult', {
  description: 'The result of a transition.',
  types: [TransitionFileSuccess, TransitionRejected, RequestErrorType],
  resolveType: resolveResultType,
});
