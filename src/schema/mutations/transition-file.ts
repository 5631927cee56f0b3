// transitionFile, transitionFiles, and a mutation named after each event.
import { LIFECYCLE_EVENTS, type LifecycleEvent } from '../../fsm/machine.ts';
import { builder } from '../builder.ts';
import { MAX_BULK, executeEach, requireBulk } from '../bulk.ts';
import type { GraphQLContext } from '../context.ts';
import { LifecycleEventEnum } from '../enums.ts';
import {
  FailureInput,
  TransitionFileResult,
  type TransitionInput,
  type TransitionSuccess,
  toTransitionCommand,
} from './transition-result.ts';

const ID = 'The id of the file.';
const EXPECTED_VERSION = 'Optimistic check: refuse unless the file is at this version.';
const IDEMPOTENCY_KEY =
  '1 to 200 characters. The same key on the same file gives the first answer again, with replayed: true.';
const FAILURE = 'With the FAIL_* events: why. {code: "UNSPECIFIED"} if not given.';

const TransitionFileInput = builder.inputType('TransitionFileInput', {
  description: 'An event for a file.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    event: t.field({ type: LifecycleEventEnum, required: true, description: 'What happens to it.' }),
    expectedVersion: t.int({ description: EXPECTED_VERSION }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
    failure: t.field({ type: FailureInput, description: FAILURE }),
  }),
});

const FileEventInput = builder.inputType('FileEventInput', {
  description: 'What a mutation named after an event takes: a TransitionFileInput without the event.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    expectedVersion: t.int({ description: EXPECTED_VERSION }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
    failure: t.field({ type: FailureInput, description: FAILURE }),
  }),
});

type Result = TransitionSuccess | Error;

const transition = (inputs: readonly TransitionInput[], context: GraphQLContext): Promise<Result[]> =>
  executeEach(
    inputs,
    (input) => toTransitionCommand(input, context),
    (commands) => context.lifecycle.execute<'transition'>(commands),
  );

async function transitionOne(input: TransitionInput, context: GraphQLContext): Promise<TransitionSuccess> {
  const [result] = await transition([input], context);
  if (result === undefined || result instanceof Error) throw result ?? new TypeError('no result');
  return result;
}

builder.mutationField('transitionFile', (t) =>
  t.field({
    type: TransitionFileResult,
    description: 'Sends an event to a file: its row is locked, the machine decides, the move is logged in one commit.',
    args: { input: t.arg({ type: TransitionFileInput, required: true, description: 'The event.' }) },
    resolve: (_root, { input }, context) => transitionOne(input, context),
  }),
);

builder.mutationField('transitionFiles', (t) =>
  t.field({
    type: [TransitionFileResult],
    description:
      'Sends many events, all in one transaction per chunk. Each succeeds or is rejected on its own; the answers come ' +
      `in the order given. At most ${MAX_BULK}.`,
    args: { input: t.arg({ type: [TransitionFileInput], required: true, description: 'The events.' }) },
    resolve: async (_root, { input }, context) => {
      requireBulk(input);
      return (await transition(input, context)) as TransitionSuccess[];
    },
  }),
);

/** START_UPLOAD becomes startUpload. */
const camelCase = (event: LifecycleEvent): string =>
  event.toLowerCase().replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());

for (const event of LIFECYCLE_EVENTS) {
  builder.mutationField(camelCase(event), (t) =>
    t.field({
      type: TransitionFileResult,
      description: `transitionFile with ${event}.`,
      args: { input: t.arg({ type: FileEventInput, required: true, description: 'The file.' }) },
      resolve: (_root, { input }, context) => transitionOne({ ...input, event }, context),
    }),
  );
}
