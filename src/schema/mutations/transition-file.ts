// transitionFile, transitionFiles, and one mutation named after each event.
import { LIFECYCLE_EVENTS, type LifecycleEvent } from '../../fsm/machine.ts';
import type { TransitionCommand } from '../../lifecycle/commands.ts';
import { type TransitionInput, toTransitionCommand } from '../../lifecycle/input.ts';
import { toRequester } from '../authorize.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import type { Refusal } from '../request-error.ts';
import { MAX_BULK, type Result, executeEach, executeOne, requireBulk } from './execute.ts';
import { stageFoundText } from './found-text.ts';
import { FileEventInput, TransitionFileInput } from './transition-input.ts';
import { TransitionFileResult } from './transition-result.ts';

const toCommand = (input: TransitionInput, context: GraphQLContext): TransitionCommand | Refusal =>
  toTransitionCommand(input, toRequester(context));

async function sendOne(input: TransitionInput, context: GraphQLContext): Promise<Result<'transition'>> {
  const command = toCommand(input, context);
  if (input.text != null) await stageFoundText(input.text, command, context);
  return await executeOne(context.lifecycle, command);
}

async function sendEach(inputs: readonly TransitionInput[], context: GraphQLContext): Promise<Result<'transition'>[]> {
  const commands = inputs.map((input) => toCommand(input, context));
  for (const [at, { text }] of inputs.entries()) {
    // One after the other: splitting a large text into words takes PostgreSQL a tenth of a second.
    if (text != null) await stageFoundText(text, commands[at]!, context);
  }
  return await executeEach<'transition'>(context.lifecycle, commands);
}

builder.mutationField('transitionFile', (t) =>
  t.field({
    type: TransitionFileResult,
    description:
      'Sends an event to a file. In one transaction, the row is locked, the lifecycle machine decides, and the ' +
      'transition is logged.',
    args: { input: t.arg({ type: TransitionFileInput, required: true, description: 'The event to send.' }) },
    resolve: (_root, { input }, context) => sendOne(input, context),
  }),
);

builder.mutationField('transitionFiles', (t) =>
  t.field({
    type: [TransitionFileResult],
    description:
      `Sends up to ${MAX_BULK} events, in one transaction per chunk. Each event succeeds or is rejected on its own; the ` +
      'results are in the order of the input.',
    args: { input: t.arg({ type: [TransitionFileInput], required: true, description: 'The events to send.' }) },
    resolve: (_root, { input }, context) => {
      requireBulk(input);
      return sendEach(input, context);
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
      description: `Sends ${event} to a file, as transitionFile does.`,
      args: { input: t.arg({ type: FileEventInput, required: true, description: 'The file to send it to.' }) },
      resolve: (_root, { input }, context) => sendOne({ ...input, event }, context),
    }),
  );
}
