// claimFiles: a worker outside of this service takes files. What was claimed for a client that has gone away meanwhile is
// given back, so that another worker does not wait for the lease to end.
import { RightEnded } from '../../auth/rights.ts';
import type { ClaimedFile } from '../../lifecycle/processing-commands.ts';
import { CLAIM_DEFAULTS, CLAIM_LIMITS, toWantedFiles } from '../../lifecycle/processing-input.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { RequestError } from '../request-error.ts';
import { File } from '../types/file.ts';

const { files, leastLeaseSeconds, leaseSeconds, waitSeconds } = CLAIM_LIMITS;

const ClaimFilesInput = builder.inputType('ClaimFilesInput', {
  description: 'Which files a worker takes, and for how long.',
  fields: (t) => ({
    worker: t.string({ required: true, description: 'The name of the worker, for people: 1 to 200 characters.' }),
    limit: t.int({ description: `The number of files at most: 1 to ${files}. Default: ${CLAIM_DEFAULTS.files}.` }),
    leaseSeconds: t.int({
      description:
        `How long the files stay with the worker unless it extends the lease: ${leastLeaseSeconds} to ${leaseSeconds}. ` +
        `Default: ${CLAIM_DEFAULTS.leaseSeconds}.`,
    }),
    waitSeconds: t.int({ description: `How long to wait if there is no file: 0 to ${waitSeconds}. Default: 0.` }),
    contentTypes: t.stringList({
      description: 'Only files of these media types; image/* stands for all that begin with image/. At most 50.',
    }),
  }),
});

const ClaimedFileType = builder.objectRef<ClaimedFile>('ClaimedFile').implement({
  description: 'A file that a worker has taken.',
  fields: (t) => ({
    file: t.expose('file', { type: File, description: 'The file.' }),
    leaseToken: t.exposeString('leaseToken', {
      description: 'Proves that the worker has the file: send it with everything about this file.',
    }),
    leaseExpiresAt: t.expose('leaseExpiresAt', {
      type: 'DateTime',
      description: 'When another worker may take the file, unless the lease is extended before.',
    }),
    attempt: t.exposeInt('attempt', {
      description: 'How many workers have taken the file since it entered PROCESSING, this one included.',
    }),
  }),
});

type Input = typeof ClaimFilesInput.$inferInput;

async function claim(input: Input, context: GraphQLContext): Promise<readonly ClaimedFile[]> {
  const asked = toWantedFiles(input);
  if ('outcome' in asked) throw new RequestError(asked);
  const { principal, leaseRights } = context;
  const { tenant, subject: actor } = principal;
  const wanted = leaseRights.bound(asked, principal);
  const signal = context.signal();
  const claimed = await context.claims.claim({ ...wanted, queue: 'external', tenants: [tenant], actor }, signal);
  const giveBack = (): void => void releaseAll(claimed, context);
  if (signal.aborted && claimed.length > 0) giveBack();
  if (signal.reason instanceof RightEnded) throw signal.reason;
  if (signal.aborted || claimed.length === 0) return claimed;
  signal.addEventListener('abort', giveBack, { once: true });
  for (const { file, leaseToken } of claimed) {
    leaseRights.hold(principal, { fileId: file.id, leaseToken, leaseMs: wanted.leaseMs });
  }
  return claimed;
}

/** Nobody waits for the answer: a lease that cannot be released ends by itself. */
async function releaseAll(claimed: readonly ClaimedFile[], context: GraphQLContext): Promise<void> {
  const { lifecycle, principal, newId } = context;
  const by = { tenant: principal.tenant, actor: principal.subject };
  await lifecycle.execute<'release'>(
    claimed.map(({ file, leaseToken }) => ({
      ...by,
      kind: 'release',
      attemptId: newId(),
      fileId: file.id,
      leaseToken,
      afterMs: 0,
    })),
  );
}

builder.mutationField('claimFiles', (t) =>
  t.field({
    type: [ClaimedFileType],
    description:
      'Takes files in PROCESSING that nobody has, the longest-waiting first, for a worker outside of this service ' +
      '(WAYBILL_PROCESSING). Waits for up to waitSeconds if there is none. An invalid input is a GraphQL error. Role: worker.',
    args: { input: t.arg({ type: ClaimFilesInput, required: true, description: 'What the worker takes.' }) },
    resolve: async (_root, { input }, context) => [...(await claim(input, context))],
  }),
);
