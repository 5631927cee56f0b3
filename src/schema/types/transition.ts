// The type Transition: a recorded move from one state to another.
import { attemptName } from '../../lifecycle/attempt-log.ts';
import type { TransitionRecord } from '../../lifecycle/commands.ts';
import { builder } from '../builder.ts';
import { FileStateEnum, LifecycleEventEnum } from '../enums.ts';
import { encodeId, parseTransitionKey, transitionKey } from '../../ids.ts';
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
      description: 'The id of the file, which may have been deleted since.',
      resolve: ({ fileId }) => encodeId('File', fileId),
    }),
    event: t.expose('event', { type: LifecycleEventEnum, description: 'The event that caused the transition.' }),
    from: t.expose('from', { type: FileStateEnum, description: 'The state before.' }),
    to: t.expose('to', { type: FileStateEnum, description: 'The state after.' }),
    version: t.exposeInt('version', { description: 'The version of the file after this transition.' }),
    attemptId: t.id({
      description: 'The id of the attempt that succeeded, as in its log line.',
      resolve: ({ attemptId }) => attemptName(attemptId),
    }),
    actor: t.exposeString('actor', {
      description: 'Who sent the event: the subject of the principal, or "system:<component>".',
    }),
    failure: t.expose('failure', {
      type: Failure,
      nullable: true,
      description: 'Why the file failed; null unless the transition leads to FAILED.',
    }),
    occurredAt: t.expose('occurredAt', {
      type: 'DateTime',
      description: 'When the transition was made, by the clock of the database.',
    }),
  }),
});
