// reportUploadProgress: the client of an EXTERNAL file reports how many bytes it has uploaded.
import type { Progressed } from '../../lifecycle/commands.ts';
import { toProgressCommand } from '../../lifecycle/input.ts';
import { toRequester } from '../authorize.ts';
import { builder } from '../builder.ts';
import { RequestErrorType, TransitionRejected } from '../types/errors.ts';
import { File } from '../types/file.ts';
import { executeOne, resolveResultType } from './execute.ts';

const ReportUploadProgressInput = builder.inputType('ReportUploadProgressInput', {
  description: 'How many bytes of a file have been uploaded.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of an EXTERNAL file in the state UPLOADING.' }),
    bytesReceived: t.field({
      type: 'SafeInt',
      required: true,
      description: 'Total bytes uploaded so far. A number smaller than the current one is ignored.',
    }),
  }),
});

const ReportUploadProgressSuccess = builder.objectRef<Progressed>('ReportUploadProgressSuccess').implement({
  description: 'The progress was recorded.',
  fields: (t) => ({ file: t.expose('file', { type: File, description: 'The file with its progress.' }) }),
});

const ReportUploadProgressResult = builder.unionType('ReportUploadProgressResult', {
  description: 'The result of reportUploadProgress.',
  types: [ReportUploadProgressSuccess, TransitionRejected, RequestErrorType],
  resolveType: resolveResultType,
});

builder.mutationField('reportUploadProgress', (t) =>
  t.field({
    type: ReportUploadProgressResult,
    description:
      'Reports the progress of the upload of an EXTERNAL file. The version of the file stays the same, and the change ' +
      'log gets no entry.',
    args: { input: t.arg({ type: ReportUploadProgressInput, required: true, description: 'The progress to report.' }) },
    resolve: (_root, { input }, context) =>
      executeOne(context.lifecycle, toProgressCommand(input, toRequester(context))),
  }),
);
