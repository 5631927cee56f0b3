// deleteFile.
import { encodeId } from '../../ids.ts';
import type { Removed } from '../../lifecycle/commands.ts';
import { toRemoveCommand } from '../../lifecycle/input.ts';
import { toRequester } from '../authorize.ts';
import { builder } from '../builder.ts';
import { RequestErrorType, TransitionRejected } from '../types/errors.ts';
import { executeOne, resolveResultType } from './execute.ts';

const DeleteFileInput = builder.inputType('DeleteFileInput', {
  description: 'The file to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the file.' }),
    expectedVersion: t.int({
      description: 'Optimistic concurrency check: the request is rejected unless the file is at this version.',
    }),
  }),
});

const DeleteFileSuccess = builder.objectRef<Removed>('DeleteFileSuccess').implement({
  description: 'The file was deleted.',
  fields: (t) => ({
    id: t.id({ description: 'The id of the deleted file.', resolve: ({ fileId }) => encodeId('File', fileId) }),
  }),
});

const DeleteFileResult = builder.unionType('DeleteFileResult', {
  description: 'The result of deleteFile.',
  types: [DeleteFileSuccess, TransitionRejected, RequestErrorType],
  resolveType: resolveResultType,
});

builder.mutationField('deleteFile', (t) =>
  t.field({
    type: DeleteFileResult,
    description: 'Deletes a file in any state: its row, its bytes and its jobs. The change log keeps its history.',
    args: { input: t.arg({ type: DeleteFileInput, required: true, description: 'The file to delete.' }) },
    resolve: (_root, { input }, context) => executeOne(context.lifecycle, toRemoveCommand(input, toRequester(context))),
  }),
);
