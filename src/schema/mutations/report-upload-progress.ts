// reportUploadProgress: how far an EXTERNAL upload has come, by its client's word.
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import { authorize } from '../authorize.ts';
import { builder } from '../builder.ts';
import { RequestError, TransitionRejected } from '../types/errors.ts';
import { unwrap } from '../unwrap.ts';
import { File } from '../types/file.ts';
import { invalid, requireFileId } from '../validate.ts';

const ReportUploadProgressInput = builder.inputType('ReportUploadProgressInput', {
  description: 'How far an upload has come.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of an EXTERNAL file that is UPLOADING.' }),
    bytesReceived: t.field({
      type: 'SafeInt',
      required: true,
      description: 'Bytes so far. A smaller number than before changes nothing: progress never moves backwards.',
    }),
  }),
});

const ReportUploadProgressSuccess = builder
  .objectRef<{ readonly file: FileSnapshot }>('ReportUploadProgressSuccess')
  .implement({
    description: 'The progress is noted.',
    fields: (t) => ({ file: t.expose('file', { type: File, description: 'The file as it is.' }) }),
  });

const ReportUploadProgressResult = builder.errorUnion('ReportUploadProgressResult', {
  description: 'What reportUploadProgress answers.',
  types: [ReportUploadProgressSuccess, TransitionRejected, RequestError],
  resolveType: () => ReportUploadProgressSuccess.name,
});

builder.mutationField('reportUploadProgress', (t) =>
  t.field({
    type: ReportUploadProgressResult,
    description: 'Tells how far the upload of an EXTERNAL file has come. It makes no new version and no log row.',
    args: { input: t.arg({ type: ReportUploadProgressInput, required: true, description: 'The progress.' }) },
    resolve: async (_root, { input }, context) => {
      const origin = authorize(context, 'report_progress');
      const fileId = requireFileId('id', input.id);
      const { bytesReceived } = input;
      if (bytesReceived < 0) throw invalid('bytesReceived', 'bytesReceived must not be negative.');
      const command = { ...origin, kind: 'progress', attemptId: context.newId(), fileId, bytesReceived } as const;
      return unwrap(await context.lifecycle.execute<'progress'>([command]));
    },
  }),
);
