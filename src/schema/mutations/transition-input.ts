// The inputs of transitionFile and of the mutations named after events.
import { builder } from '../builder.ts';
import { LifecycleEventEnum } from '../enums.ts';

const FailureInput = builder.inputType('FailureInput', {
  description: 'Why something failed.',
  fields: (t) => ({
    code: t.string({ required: true, description: 'A code for programs: 1 to 100 characters.' }),
    message: t.string({ required: true, description: 'An explanation for people: 1 to 2000 characters.' }),
    retryable: t.boolean({ description: 'Whether a retry could succeed. Default: true.' }),
  }),
});

const ID = 'The id of the file.';
const EXPECTED_VERSION = 'Optimistic concurrency check: the request is rejected unless the file is at this version.';
const IDEMPOTENCY_KEY =
  '1 to 200 characters. A request with the same key for the same file returns the first result again, with ' +
  'replayed: true.';
const FAILURE = 'The reason for a FAIL_* event; no other event takes one. Default: {code: "UNSPECIFIED"}.';

const LEASE_TOKEN =
  'The token of a worker that has the file (claimFiles): nobody else can end its processing while it has it.';
const PROPERTIES =
  'With COMPLETE_PROCESSING: what was found, added to the properties of the file, at most 32 KiB together. By convention ' +
  'an object under the name of each processor, with its version.';
const TEXT =
  'With COMPLETE_PROCESSING and a leaseToken: the text of the file, which searches then find. At most 1 MiB of UTF-8.';

export const TransitionFileInput = builder.inputType('TransitionFileInput', {
  description: 'An event to send to a file.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    event: t.field({ type: LifecycleEventEnum, required: true, description: 'The event to send.' }),
    expectedVersion: t.int({ description: EXPECTED_VERSION }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
    failure: t.field({ type: FailureInput, description: FAILURE }),
    leaseToken: t.string({ description: LEASE_TOKEN }),
    properties: t.field({ type: 'JSONObject', description: PROPERTIES }),
    text: t.string({ description: TEXT }),
  }),
});

export const FileEventInput = builder.inputType('FileEventInput', {
  description: 'The input of a mutation named after an event: TransitionFileInput without the event.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    expectedVersion: t.int({ description: EXPECTED_VERSION }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
    failure: t.field({ type: FailureInput, description: FAILURE }),
    leaseToken: t.string({ description: LEASE_TOKEN }),
    properties: t.field({ type: 'JSONObject', description: PROPERTIES }),
    text: t.string({ description: TEXT }),
  }),
});
