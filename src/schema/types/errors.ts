// The refusals among the members of the result unions: data, not GraphQL errors.
import { attemptName } from '../../lifecycle/attempt-log.ts';
import type { Rejected } from '../../lifecycle/commands.ts';
import { builder } from '../builder.ts';
import { type ErrorCode, ErrorCodeEnum, LifecycleEventEnum } from '../enums.ts';
import type { Issue } from '../../lifecycle/input.ts';
import { type Refusal, issuesOf, retryAfterOf } from '../request-error.ts';
import { File } from './file.ts';

interface ErrorShape {
  readonly code: ErrorCode;
  readonly message: string;
}

const ErrorInterface = builder.interfaceRef<ErrorShape>('Error').implement({
  description: 'The fields of every refusal.',
  fields: (t) => ({
    code: t.expose('code', { type: ErrorCodeEnum, description: 'The reason, for programs.' }),
    message: t.exposeString('message', { description: 'The reason, for people.' }),
  }),
});

const InputIssue = builder.objectRef<Issue>('InputIssue').implement({
  description: 'A rule that an input breaks.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'The input field at fault.' }),
    message: t.exposeString('message', { description: 'The rule, for people.' }),
  }),
});

export const RequestErrorType = builder.objectRef<Refusal>('RequestError').implement({
  description: 'The request was refused, and there is no file to return.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    field: t.exposeString('field', { nullable: true, description: 'The input field at fault, if there is one.' }),
    issues: t.field({
      type: [InputIssue],
      description: 'Everything that is wrong with an INVALID_INPUT; `field` and `message` are those of the first.',
      resolve: (refusal) => [...issuesOf(refusal)],
    }),
    retryAfterSeconds: t.int({
      nullable: true,
      description: 'With RATE_LIMITED: after how many seconds to send the request again.',
      resolve: retryAfterOf,
    }),
  }),
});

export const TransitionRejected = builder.objectRef<Rejected>('TransitionRejected').implement({
  description:
    'The file was found and locked, but the request was rejected. Includes the current file, so that a client can ' +
    'update its view.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    attemptId: t.id({
      description: 'The id of this attempt, as in its log line.',
      resolve: ({ attemptId }) => attemptName(attemptId),
    }),
    file: t.expose('file', { type: File, description: 'The current file.' }),
    allowedEvents: t.field({
      type: [LifecycleEventEnum],
      description: 'The events that the file accepts now, with guards evaluated.',
      resolve: ({ file }, _args, { engine }) => [...engine.allowedEvents(file.state, file)],
    }),
  }),
});
