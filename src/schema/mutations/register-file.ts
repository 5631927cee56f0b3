// registerFile and registerFiles: the beginning of a file's life.
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import type { RegisterCommand } from '../../lifecycle/commands.ts';
import { authorize } from '../authorize.ts';
import { builder } from '../builder.ts';
import { MAX_BULK, executeEach, requireBulk } from '../bulk.ts';
import type { GraphQLContext } from '../context.ts';
import { TransferModeEnum } from '../enums.ts';
import { RequestError } from '../types/errors.ts';
import { File } from '../types/file.ts';
import { unwrap } from '../unwrap.ts';
import {
  invalid,
  requireContentType,
  requireKey,
  requireMetadata,
  requireName,
  requireSha256,
  requireSize,
} from '../validate.ts';

const RegisterFileInput = builder.inputType('RegisterFileInput', {
  description: 'A file to be.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: '1 to 1024 characters, no control characters; never used as a path.',
    }),
    contentType: t.string({ description: 'Media type; application/octet-stream if not given.' }),
    transfer: t.field({ type: TransferModeEnum, description: 'Which way the bytes go; MANAGED if not given.' }),
    size: t.field({ type: 'SafeInt', description: 'Length in bytes; required for MANAGED.' }),
    sha256: t.string({ description: 'Hexadecimal; checked when the last byte has arrived.' }),
    metadata: t.field({ type: 'JSONObject', description: 'Whatever you like, at most 16 KiB.' }),
    idempotencyKey: t.string({
      description: '1 to 200 characters. The same key with the same input gives the first answer again.',
    }),
  }),
});

type Input = typeof RegisterFileInput.$inferInput;

interface Success {
  readonly file: FileSnapshot;
  readonly replayed: boolean;
}

const RegisterFileSuccess = builder.objectRef<Success>('RegisterFileSuccess').implement({
  description: 'The file is registered: this answer is on disk.',
  fields: (t) => ({
    file: t.expose('file', { type: File, description: 'The file.' }),
    replayed: t.exposeBoolean('replayed', { description: 'Whether an earlier request with this key did it.' }),
  }),
});

const RegisterFileResult = builder.errorUnion('RegisterFileResult', {
  description: 'What registerFile answers.',
  types: [RegisterFileSuccess, RequestError],
  resolveType: () => RegisterFileSuccess.name,
});

function toCommand(input: Input, context: GraphQLContext): RegisterCommand {
  const { limits, newId } = context;
  const transfer = input.transfer ?? 'MANAGED';
  if (input.size == null && transfer === 'MANAGED') throw invalid('size', 'size is required for a MANAGED file.');
  return {
    ...authorize(context, 'register'),
    kind: 'register',
    attemptId: newId(),
    fileId: newId(),
    name: requireName(input.name),
    contentType: requireContentType(input.contentType ?? 'application/octet-stream'),
    transfer,
    size: input.size == null ? null : requireSize(input.size, limits.maxUploadBytes),
    sha256: input.sha256 == null ? null : requireSha256(input.sha256),
    metadata: requireMetadata(input.metadata ?? {}),
    maxAttempts: limits.maxAttempts,
    idempotencyKey: input.idempotencyKey == null ? null : requireKey(input.idempotencyKey),
  };
}

builder.mutationField('registerFile', (t) =>
  t.field({
    type: RegisterFileResult,
    description: 'Registers a file: UNTRACKED, at version 0.',
    args: { input: t.arg({ type: RegisterFileInput, required: true, description: 'The file to be.' }) },
    resolve: async (_root, { input }, context) => {
      return unwrap(await context.lifecycle.execute<'register'>([toCommand(input, context)]));
    },
  }),
);

builder.mutationField('registerFiles', (t) =>
  t.field({
    type: [RegisterFileResult],
    description:
      'Registers many files, in one transaction per chunk. Each succeeds or is refused on its own; the answers come in ' +
      `the order given. At most ${MAX_BULK}.`,
    args: { input: t.arg({ type: [RegisterFileInput], required: true, description: 'The files to be.' }) },
    resolve: async (_root, { input }, context) => {
      requireBulk(input);
      const results = await executeEach(
        input,
        (each) => toCommand(each, context),
        (commands) => context.lifecycle.execute<'register'>(commands),
      );
      // The errors plugin takes what is no success for a member of the union.
      return results as Success[];
    },
  }),
);
