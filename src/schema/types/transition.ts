// A recorded move from one state to another.
import { attemptName } from '../../lifecycle/attempt-log.ts';
import type { TransitionRecord } from '../../lifecycle/commands.ts';
import { builder } from '../builder.ts';
import { FileStateEnum, LifecycleEventEnum } from '../enums.ts';
import { encodeId, parseTransitionKey, transitionKey } from '../ids.ts';
import { Failure } from './failure.ts';

export const Transition = builder.loadableNodeRef('Transition', {
  id: { resolve: (transition: TransitionRecord) => transitionKey(transition) },
  load: async (keys: string[], { reader, principal }): Promise<(TransitionRecord | null)[]> => {
    const found = await reader.readTransitionsByKey(principal.tenant, keys.map(parseTransitionKey));
    const byKey = new Map(found.map((transition) => [transitionKey(transition), transition]));
    return keys.map((key) => byKey.get(key) ?? null);
  },
});

builder.objectType(Transition, {
  description: 'A recorded move of a file from one state to another.',
  fields: (t) => ({
    fileId: t.id({
      description: 'The file that moved. It may have been deleted since.',
      resolve: ({ fileId }) => encodeId('File', fileId),
    }),
    event: t.expose('event', { type: LifecycleEventEnum, description: 'What made it move.' }),
    from: t.expose('from', { type: FileStateEnum, description: 'The state before.' }),
    to: t.expose('to', { type: FileStateEnum, description: 'The state after.' }),
    version: t.exposeInt('version', { description: "The file's version after this transition." }),
    attemptId: t.id({
      description: 'Names the attempt that succeeded; the log line of the attempt has it too.',
      resolve: ({ attemptId }) => attemptName(attemptId),
    }),
    actor: t.exposeString('actor', { description: 'Who: the principal\'s subject, or "system:<component>".' }),
    failure: t.expose('failure', {
      type: Failure,
      nullable: true,
      description: 'With a transition to FAILED: why.',
    }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When, by the clock of the database.' }),
  }),
});
