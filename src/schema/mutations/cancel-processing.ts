// cancelProcessing.
import type { Cancelled } from '../../lifecycle/processing-commands.ts';
import { toCancelCommand } from '../../lifecycle/processing-input.ts';
import { toRequester } from '../authorize.ts';
import { builder } from '../builder.ts';
import { RequestErrorType, TransitionRejected } from '../types/errors.ts';
import { File } from '../types/file.ts';
import { executeOne, resolveResultType } from './execute.ts';

const CancelProcessingInput = builder.inputType('CancelProcessingInput', {
  description: 'The file whose processing is no longer wanted.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of a file in PROCESSING.' }) }),
});

const CancelProcessingSuccess = builder.objectRef<Cancelled>('CancelProcessingSuccess').implement({
  description: 'The processing was cancelled, or its worker was asked to stop.',
  fields: (t) => ({
    file: t.expose('file', {
      type: File,
      description: 'FAILED with CANCELED; or still PROCESSING, with cancelRequested, until its worker stops.',
    }),
  }),
});

const CancelProcessingResult = builder.unionType('CancelProcessingResult', {
  description: 'The result of cancelProcessing.',
  types: [CancelProcessingSuccess, TransitionRejected, RequestErrorType],
  resolveType: resolveResultType,
});

builder.mutationField('cancelProcessing', (t) =>
  t.field({
    type: CancelProcessingResult,
    description:
      'Cancels the processing of a file. Without a worker the file fails at once; a worker learns of it with its next ' +
      'extendLease, and the file fails when it gives the file back or its lease ends. Roles: uploader, admin.',
    args: { input: t.arg({ type: CancelProcessingInput, required: true, description: 'The file.' }) },
    resolve: (_root, { input }, context) => executeOne(context.lifecycle, toCancelCommand(input, toRequester(context))),
  }),
);
