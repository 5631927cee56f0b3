// reprocessFiles: INDEXED files are processed again from the bytes that are here, such as after a new version of a processor.
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import { decodeFileId } from '../../ids.ts';
import type { AnswerOf } from '../../lifecycle/commands.ts';
import type { ReprocessCommand } from '../../lifecycle/processing-commands.ts';
import { findIssues } from '../../lifecycle/input.ts';
import { type Outdated, findOutdated, isOutdated } from '../../lifecycle/outdated.ts';
import { REPROCESS_DEFAULT, REPROCESS_LIMITS, reprocessFaults } from '../../lifecycle/processing-input.ts';
import { toRequester } from '../authorize.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { FileFilter, filterFaults, toSearchFilter } from '../file-filter.ts';
import { decodeSearchCursor, encodeSearchCursor } from '../paging.ts';
import type { Refusal } from '../request-error.ts';
import { RequestErrorType } from '../types/errors.ts';

const ReprocessFilesInput = builder.inputType('ReprocessFilesInput', {
  description:
    'Which INDEXED files are processed again. EXTERNAL files are left out, as their bytes are not here; so is what does not ' +
    'exist.',
  fields: (t) => ({
    ids: t.idList({ description: `These files, at most ${REPROCESS_LIMITS.ids}. Not with filter, first or after.` }),
    filter: t.field({ type: FileFilter, description: 'Files that match. Default: all.' }),
    processor: t.string({
      description: 'Only files that this processor has not processed: they have no property of this name.',
    }),
    versionNot: t.string({
      description:
        'With processor: also files whose property of this name has another `version`. Give the new version.',
    }),
    first: t.int({
      description: `The number of files at most: 1 to ${REPROCESS_LIMITS.files}. Default: ${REPROCESS_DEFAULT}.`,
    }),
    after: t.string({ description: 'The endCursor of the call before. Without it, from the newest file on.' }),
  }),
});

interface Reprocessed {
  readonly outcome: 'reprocessed';
  readonly queued: number;
  readonly hasMore: boolean;
  readonly endCursor: string | null;
}

const ReprocessFilesSuccess = builder.objectRef<Reprocessed>('ReprocessFilesSuccess').implement({
  description: 'The files are in PROCESSING again, without the properties that they had.',
  fields: (t) => ({
    queued: t.exposeInt('queued', { description: 'The number of files.' }),
    hasMore: t.exposeBoolean('hasMore', {
      description:
        'Whether there may be more files, even if none was queued: call again with after: endCursor until it is false.',
    }),
    endCursor: t.exposeString('endCursor', {
      nullable: true,
      description: 'The last file that was looked at; null with ids, or if there was none.',
    }),
  }),
});

const ReprocessFilesResult = builder.unionType('ReprocessFilesResult', {
  description: 'The result of reprocessFiles.',
  types: [ReprocessFilesSuccess, RequestErrorType],
  resolveType: ({ outcome }) => (outcome === 'reprocessed' ? 'ReprocessFilesSuccess' : 'RequestError'),
});

type Input = typeof ReprocessFilesInput.$inferInput;

const NO_END = { end: null, hasMore: false };

async function find(input: Input, { reader, principal: { tenant } }: GraphQLContext): Promise<Outdated> {
  const wanted = { processor: input.processor ?? null, versionNot: input.versionNot ?? null };
  if (input.ids != null) {
    const ids = new Set(input.ids.flatMap((id) => decodeFileId(id) ?? []));
    const files = await reader.readFiles(tenant, [...ids]);
    return { ...NO_END, files: files.filter((file) => isOutdated(file, wanted)) };
  }
  const after = input.after == null ? null : decodeSearchCursor('CREATED_AT', input.after);
  const page = { after, limit: input.first ?? REPROCESS_DEFAULT };
  return await findOutdated(reader, tenant, { filter: toSearchFilter(input.filter), wanted }, page);
}

async function reprocess(input: Input, context: GraphQLContext): Promise<Reprocessed | Refusal> {
  const invalid = findIssues(...reprocessFaults(input), ...filterFaults(input.filter));
  if (invalid !== null) return invalid;
  const { files, end, hasMore } = await find(input, context);
  const requester = toRequester(context);
  const answers = await context.lifecycle.execute<'reprocess'>(
    files.map(({ id }: Pick<FileSnapshot, 'id'>): ReprocessCommand => ({
      ...requester,
      kind: 'reprocess',
      attemptId: context.newId(),
      fileId: id,
    })),
  );
  // Each file counts; the call itself has been counted.
  context.rates?.charge(requester.tenant, 'client', files.length - 1);
  return summarize(answers, hasMore, end === null ? null : encodeSearchCursor('CREATED_AT', end), input.after ?? null);
}

/**
 * What moved meanwhile is not counted. Where the service could not take all, the caller goes on from where this call began.
 * @throws the error of a command that failed
 */
function summarize(
  answers: readonly AnswerOf['reprocess'][],
  hasMore: boolean,
  endCursor: string | null,
  after: string | null,
): Reprocessed | Refusal {
  const failed = answers.find(({ outcome }) => outcome === 'failed');
  if (failed?.outcome === 'failed') throw failed.error;
  const queued = answers.filter(({ outcome }) => outcome === 'transitioned').length;
  const later = answers.find((answer) => answer.outcome === 'refused' && answer.code !== 'FILE_NOT_FOUND');
  if (later?.outcome !== 'refused') return { outcome: 'reprocessed', queued, hasMore, endCursor };
  return queued === 0 ? later : { outcome: 'reprocessed', queued, hasMore: true, endCursor: after };
}

builder.mutationField('reprocessFiles', (t) =>
  t.field({
    type: ReprocessFilesResult,
    description:
      'Processes INDEXED files again, from the bytes that are here: RESET, but without a new upload. To have all files of an ' +
      'old version processed, call it with after: endCursor until hasMore is false. Roles: uploader, admin.',
    args: { input: t.arg({ type: ReprocessFilesInput, required: true, description: 'Which files.' }) },
    resolve: (_root, { input }, context) => reprocess(input, context),
  }),
);
