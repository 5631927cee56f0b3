// waybill reprocess: processes INDEXED files again; by id, or all that match.
import { type Reprocessed, type Selection, reprocessFiles } from '../api/processing.ts';
import { whenAllowed } from '../api/rate-limits.ts';
import type { Command, Context } from '../context.ts';
import { EXIT, UsageError } from '../errors.ts';
import { MAX_BATCH, inChunks, noteFirstDelay } from './batches.ts';

export interface ReprocessOptions {
  readonly ids: readonly string[];
  readonly all?: boolean;
  readonly processor?: string;
  readonly versionNot?: string;
  readonly name?: string;
  readonly type: readonly string[];
  readonly json?: boolean;
}

/** Files in one call. */
const CALL = 500;

export const runReprocess: Command<ReprocessOptions> = async (options, context) => {
  const { ids, all, processor, versionNot, json } = options;
  const isFiltered = options.name !== undefined || options.type.length > 0;
  if (ids.length > 0 && (all === true || isFiltered))
    throw new UsageError('Give either file ids, or --all and filters.');
  if (ids.length === 0 && all !== true && processor === undefined && !isFiltered) {
    throw new UsageError('Give file ids, or --all, --processor, --name or --type.');
  }
  if (versionNot !== undefined && processor === undefined) throw new UsageError('--version-not needs --processor.');
  const wanted = { processor: processor ?? null, versionNot: versionNot ?? null };
  const queued = ids.length > 0 ? await byId(ids, wanted, context) : await byFilter(options, wanted, context);
  const { screen } = context;
  const asked = ids.length > 0 ? ` of ${ids.length}` : '';
  if (json) screen.printJson({ queued });
  else screen.print(`${queued}${asked} ${queued === 1 && asked === '' ? 'file' : 'files'} queued`);
  if (ids.length === 0 || queued === ids.length) return EXIT.ok;
  screen.note('waybill: Only INDEXED files whose bytes are on the server, and that match, can be processed again.');
  return EXIT.failed;
};

type Wanted = Pick<Selection, 'processor' | 'versionNot'>;

async function byId(ids: readonly string[], wanted: Wanted, { server, screen, signal }: Context): Promise<number> {
  const onRetry = noteFirstDelay(screen);
  let queued = 0;
  for (const chunk of inChunks(ids, MAX_BATCH)) {
    const selection = { ...wanted, ids: chunk, filter: null, first: null, after: null };
    queued += (await whenAllowed(() => reprocessFiles(server, selection, signal), onRetry, signal)).queued;
  }
  return queued;
}

async function byFilter(
  { name, type }: ReprocessOptions,
  wanted: Wanted,
  { server, screen, signal }: Context,
): Promise<number> {
  const filter = { ...(name !== undefined && { nameContains: name }), ...(type.length > 0 && { contentTypes: type }) };
  const onRetry = noteFirstDelay(screen);
  let queued = 0;
  for (let after: string | null = null; ;) {
    const selection = { ...wanted, ids: null, filter, first: CALL, after };
    const answer: Reprocessed = await whenAllowed(() => reprocessFiles(server, selection, signal), onRetry, signal);
    queued += answer.queued;
    if (!answer.hasMore) return queued;
    after = answer.endCursor;
    if (screen.isTerminal) screen.note(`${queued} queued so far`);
  }
}
