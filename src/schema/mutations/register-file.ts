// registerFile and registerFiles.
import type { RegisterCommand, Registered } from '../../lifecycle/commands.ts';
import { toRegisterCommand } from '../../lifecycle/input.ts';
import { toRequester } from '../authorize.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { TransferModeEnum } from '../enums.ts';
import type { Refusal } from '../request-error.ts';
import { RequestErrorType } from '../types/errors.ts';
import { File } from '../types/file.ts';
import { MAX_BULK, executeEach, executeOne, requireBulk, resolveResultType } from './execute.ts';

const RegisterFileInput = builder.inputType('RegisterFileInput', {
  description: 'The file to register.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: '1 to 1024 characters, without control characters. Never used as a path.',
    }),
    contentType: t.string({ description: 'The media type. Default: application/octet-stream.' }),
    transfer: t.field({ type: TransferModeEnum, description: 'How the bytes are transferred. Default: MANAGED.' }),
    size: t.field({ type: 'SafeInt', description: 'Length in bytes. Required for a MANAGED file.' }),
    sha256: t.string({
      description: 'The expected SHA-256 of the content, 64 hexadecimal digits; verified when the last byte arrives.',
    }),
    metadata: t.field({ type: 'JSONObject', description: 'Any JSON of your own, at most 16 KiB. Default: {}.' }),
    idempotencyKey: t.string({
      description:
        '1 to 200 characters. A request with the same key and the same input returns the first result again.',
    }),
  }),
});

const RegisterFileSuccess = builder.objectRef<Registered>('RegisterFileSuccess').implement({
  description: 'The file was registered and is committed to disk.',
  fields: (t) => ({
    file: t.expose('file', { type: File, description: 'The registered file.' }),
    replayed: t.exposeBoolean('replayed', {
      description: 'Whether an earlier request with the same idempotency key registered the file.',
    }),
  }),
});

const RegisterFileResult = builder.unionType('RegisterFileResult', {
  description: 'The result of registerFile.',
  types: [RegisterFileSuccess, RequestErrorType],
  resolveType: resolveResultType,
});

function toCommand(input: typeof RegisterFileInput.$inferInput, context: GraphQLContext): RegisterCommand | Refusal {
  return toRegisterCommand(input, toRequester(context), context.newId(), context.limits);
}

builder.mutationField('registerFile', (t) =>
  t.field({
    type: RegisterFileResult,
    description: 'Registers a file, in the state UNTRACKED and at version 0.',
    args: { input: t.arg({ type: RegisterFileInput, required: true, description: 'The file to register.' }) },
    resolve: (_root, { input }, context) => executeOne(context.lifecycle, toCommand(input, context)),
  }),
);

builder.mutationField('registerFiles', (t) =>
  t.field({
    type: [RegisterFileResult],
    description:
      `Registers up to ${MAX_BULK} files, in one transaction per chunk. Each file succeeds or is refused on its own; the ` +
      'results are in the order of the input.',
    args: { input: t.arg({ type: [RegisterFileInput], required: true, description: 'The files to register.' }) },
    resolve: (_root, { input }, context) => {
      requireBulk(input);
      return executeEach<'register'>(
        context.lifecycle,
        input.map((each) => toCommand(each, context)),
      );
    },
  }),
);
