// extendLease and releaseLease: what a worker does with the files that it has taken.
import { encodeId } from '../../ids.ts';
import type { Extended, Released } from '../../lifecycle/processing-commands.ts';
import { CLAIM_DEFAULTS, CLAIM_LIMITS, toExtendCommand, toReleaseCommand } from '../../lifecycle/processing-input.ts';
import { toRequester } from '../authorize.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { RequestErrorType } from '../types/errors.ts';
import { type Result, executeOne, resolveResultType } from './execute.ts';

const ID = 'The id of the file.';
const LEASE_TOKEN = 'The token that claimFiles has given with the file.';

const ExtendLeaseInput = builder.inputType('ExtendLeaseInput', {
  description: 'A sign of life of the worker that has the file.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    leaseToken: t.string({ required: true, description: LEASE_TOKEN }),
    leaseSeconds: t.int({
      description:
        `How long from now the file stays with the worker: ${CLAIM_LIMITS.leastLeaseSeconds} to ` +
        `${CLAIM_LIMITS.leaseSeconds}. Default: ${CLAIM_DEFAULTS.leaseSeconds}.`,
    }),
    progress: t.float({ description: '0 to 1. Left out: as before.' }),
    message: t.string({ description: 'What the worker is doing: 1 to 2000 characters. Left out: as before.' }),
    properties: t.field({
      type: 'JSONObject',
      description: 'What was found so far: added to the properties of the file, at most 32 KiB together.',
    }),
  }),
});

const ExtendLeaseSuccess = builder.objectRef<Extended>('ExtendLeaseSuccess').implement({
  description: 'The worker still has the file.',
  fields: (t) => ({
    leaseExpiresAt: t.expose('leaseExpiresAt', {
      type: 'DateTime',
      description: 'When another worker may take the file, unless the lease is extended before.',
    }),
    cancelRequested: t.exposeBoolean('cancelRequested', {
      description: 'Whether somebody has cancelled the processing: stop, and release the lease.',
    }),
  }),
});

const ExtendLeaseResult = builder.unionType('ExtendLeaseResult', {
  description: 'The result of extendLease.',
  types: [ExtendLeaseSuccess, RequestErrorType],
  resolveType: resolveResultType,
});

async function extend(input: typeof ExtendLeaseInput.$inferInput, context: GraphQLContext): Promise<Result<'extend'>> {
  const { lifecycle, leaseRights, principal } = context;
  const command = toExtendCommand(input, toRequester(context));
  if ('outcome' in command) return command;
  const { leaseMs } = leaseRights.bound({ ...command, waitMs: 0 }, principal);
  const result = await executeOne(lifecycle, { ...command, leaseMs });
  if (result.outcome === 'extended') leaseRights.hold(principal, { ...command, leaseMs });
  return result;
}

builder.mutationField('extendLease', (t) =>
  t.field({
    type: ExtendLeaseResult,
    description:
      'Keeps a file for its worker, and reports progress. STALE_LEASE: the lease is over, or another worker has it; drop ' +
      'what you have of the file. Role: worker.',
    args: { input: t.arg({ type: ExtendLeaseInput, required: true, description: 'The sign of life.' }) },
    resolve: (_root, { input }, context) => extend(input, context),
  }),
);

const ReleaseLeaseInput = builder.inputType('ReleaseLeaseInput', {
  description: 'The file that a worker gives back.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    leaseToken: t.string({ required: true, description: LEASE_TOKEN }),
    afterSeconds: t.int({ description: 'How long nobody is to take the file: 0 to 3600. Default: 0.' }),
  }),
});

const ReleaseLeaseSuccess = builder.objectRef<Released>('ReleaseLeaseSuccess').implement({
  description: 'The worker no longer has the file.',
  fields: (t) => ({ id: t.id({ description: ID, resolve: ({ file }) => encodeId('File', file.id) }) }),
});

const ReleaseLeaseResult = builder.unionType('ReleaseLeaseResult', {
  description: 'The result of releaseLease.',
  types: [ReleaseLeaseSuccess, RequestErrorType],
  resolveType: resolveResultType,
});

builder.mutationField('releaseLease', (t) =>
  t.field({
    type: ReleaseLeaseResult,
    description:
      'Gives a file back: another worker may take it, at once or later. If its processing was cancelled, it fails. Role: worker.',
    args: { input: t.arg({ type: ReleaseLeaseInput, required: true, description: 'The file to give back.' }) },
    resolve: (_root, { input }, context) =>
      executeOne(context.lifecycle, toReleaseCommand(input, toRequester(context))),
  }),
);
