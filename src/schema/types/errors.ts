// Refusals: data, not GraphQL errors. Thrown or returned by resolvers, they become members of the result unions.
import { DomainError } from '../../errors.ts';
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import { attemptName } from '../../lifecycle/attempt-log.ts';
import type { Refused, Rejected } from '../../lifecycle/commands.ts';
import { builder } from '../builder.ts';
import { type ErrorCode, ErrorCodeEnum, LifecycleEventEnum } from '../enums.ts';
import { File } from './file.ts';

/** The request was refused without a file to show for it. `field` names the part of the input at fault. */
export class RequestError extends DomainError<ErrorCode> {
  readonly field: string | null;

  constructor(code: ErrorCode, message: string, field: string | null = null) {
    super(code, message);
    this.field = field;
  }

  static from({ code, message, field }: Refused): RequestError {
    return new RequestError(code, message, field);
  }
}

/** The file was found and locked, and the answer is no. */
export class TransitionRejected extends DomainError<ErrorCode> {
  readonly attemptId: string;
  readonly file: FileSnapshot;

  constructor({ code, message, attemptId, file }: Rejected) {
    super(code, message);
    this.attemptId = attemptId;
    this.file = file;
  }
}

const ErrorInterface = builder.interfaceRef<DomainError<ErrorCode>>('Error').implement({
  description: 'What every refusal has.',
  fields: (t) => ({
    code: t.expose('code', { type: ErrorCodeEnum, description: 'The kind of refusal, for programs.' }),
    message: t.exposeString('message', { description: 'The reason, for people.' }),
  }),
});

builder.objectType(RequestError, {
  name: 'RequestError',
  description: 'The request was refused, and there is no file to answer with.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    field: t.exposeString('field', { nullable: true, description: 'The part of the input at fault, if it is one.' }),
  }),
});

builder.objectType(TransitionRejected, {
  name: 'TransitionRejected',
  description:
    'The file was found and locked, and the answer is no. It comes with the file as it is, so a client can redraw.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    attemptId: t.id({
      description: 'Names this attempt; the log line of the attempt has it too.',
      resolve: ({ attemptId }) => attemptName(attemptId),
    }),
    file: t.expose('file', { type: File, description: 'The file as it is.' }),
    allowedEvents: t.field({
      type: [LifecycleEventEnum],
      description: 'What the machine would accept now, guards included.',
      resolve: ({ file }, _args, { engine }) => [...engine.allowedEvents(file.state, file)],
    }),
  }),
});
