// deleteFile: the end of a file.
import { authorize } from '../authorize.ts';
import { builder } from '../builder.ts';
import { encodeId } from '../ids.ts';
import { RequestError, TransitionRejected } from '../types/errors.ts';
import { unwrap } from '../unwrap.ts';
import { requireFileId, requireVersion } from '../validate.ts';

const DeleteFileInput = builder.inputType('DeleteFileInput', {
  description: 'A file to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the file.' }),
    expectedVersion: t.int({ description: 'Optimistic check: refuse unless the file is at this version.' }),
  }),
});

const DeleteFileSuccess = builder.objectRef<{ readonly fileId: string }>('DeleteFileSuccess').implement({
  description: 'The file is gone.',
  fields: (t) => ({
    id: t.id({ description: 'The id it had.', resolve: ({ fileId }) => encodeId('File', fileId) }),
  }),
});

const DeleteFileResult = builder.errorUnion('DeleteFileResult', {
  description: 'What deleteFile answers.',
  types: [DeleteFileSuccess, TransitionRejected, RequestError],
  resolveType: () => DeleteFileSuccess.name,
});

builder.mutationField('deleteFile', (t) =>
  t.field({
    type: DeleteFileResult,
    description: 'Deletes a file in any state: row, bytes and jobs. The log keeps what happened to it.',
    args: { input: t.arg({ type: DeleteFileInput, required: true, description: 'The file.' }) },
    resolve: async (_root, { input }, context) => {
      const origin = authorize(context, 'delete');
      const fileId = requireFileId('id', input.id);
      const expectedVersion = input.expectedVersion == null ? null : requireVersion(input.expectedVersion);
      const command = { ...origin, kind: 'remove', attemptId: context.newId(), fileId, expectedVersion } as const;
      return unwrap(await context.lifecycle.execute<'remove'>([command]));
    },
  }),
);
