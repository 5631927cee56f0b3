// waybill rm: deletes files and their bytes, in any state; by id, or all files in a state.
import { type FileState, deleteFile } from '../api/files.ts';
import { listFiles } from '../api/lists.ts';
import { whenAllowed } from '../api/rate-limits.ts';
import type { Command, Context } from '../context.ts';
import { EXIT, Refused, UsageError } from '../errors.ts';
import { inChunks, keepRefusal, noteFirstDelay, reportRefusal } from './batches.ts';

export interface RemoveOptions {
  readonly ids: readonly string[];
  /** Empty: the ids. */
  readonly state: readonly FileState[];
  readonly json?: boolean;
}

const PARALLEL = 8;

export const runRemove: Command<RemoveOptions> = async (options, context) => {
  const ids = options.state.length === 0 ? options.ids : await listIds(options, context);
  if (ids.length === 0 && options.state.length === 0) throw new UsageError('Give file ids, or --state.');
  const { json } = options;
  const { server, screen, signal } = context;
  let refused = 0;
  const onRetry = noteFirstDelay(screen);
  const send = (id: string): ReturnType<typeof deleteFile> =>
    whenAllowed(() => deleteFile(server, id, signal), onRetry, signal);
  for (const chunk of inChunks(ids, PARALLEL)) {
    const answers = await Promise.all(chunk.map((id) => send(id).catch(keepRefusal)));
    for (const [index, id] of chunk.entries()) {
      const refusal = answers[index];
      if (refusal instanceof Refused) {
        refused += 1;
        reportRefusal(id, refusal, json, screen);
      } else if (json) screen.printJson({ id, ok: true });
      else screen.print(`${id}  deleted`);
    }
  }
  return refused === 0 ? EXIT.ok : EXIT.failed;
};

/** Listed before the first is deleted, so that files that come into the state meanwhile stay. */
async function listIds({ ids, state }: RemoveOptions, { server, signal }: Context): Promise<string[]> {
  if (ids.length > 0) throw new UsageError('Give either file ids or --state, not both.');
  const filter = { states: state, nameContains: null };
  const { files } = await listFiles(server, filter, Number.POSITIVE_INFINITY, signal);
  return files.map(({ id }) => id);
}
