// waybill watch: what happens, as it happens, and nothing missed in between.
import { type Change, type Filter, follow, readFeedCursor } from '../api/follow.ts';
import { readFile } from '../api/files.ts';
import { listFiles } from '../api/lists.ts';
import type { Command, Context } from '../context.ts';
import { type CursorLost, describeBriefly } from '../errors.ts';
import { Names, drawChange } from '../output/draw-change.ts';
import { clean } from '../output/text.ts';

export interface WatchOptions {
  /** None: all files. */
  readonly ids: readonly string[];
  readonly progress?: boolean;
  readonly after?: string;
  readonly json?: boolean;
}

export const runWatch: Command<WatchOptions> = async (options, context) => {
  const { server, screen, signal } = context;
  const { ids, progress, json } = options;
  const kinds: Change['kind'][] = ['REGISTERED', 'TRANSITIONED', 'DELETED'];
  const filter: Filter = { ids: ids.length === 0 ? null : ids, kinds: progress ? [...kinds, 'PROGRESSED'] : kinds };
  const after = options.after ?? (await readFeedCursor(server, signal));
  const names = await learnNames(ids, context);
  let isUnderWay = false;
  const noteGap = (error: CursorLost): void => {
    // A cursor that was given and never worked is a mistake, not a gap.
    if (options.after !== undefined && !isUnderWay && error.oldestCursor === null) throw error;
    if (json) screen.printJson({ kind: 'GAP', message: error.message });
    screen.note(`waybill: ${error.message} Something may have been missed; going on from where it can.`);
  };
  return await follow(
    server,
    {
      filter,
      after,
      onChange: (change) => {
        isUnderWay = true;
        names.learn(change);
        if (json) screen.printJson(change);
        else screen.print(drawChange(change, names, screen));
      },
      onLost: (error) => screen.note(`waybill: the stream is interrupted (${describeBriefly(error)}); trying again …`),
      onBack: () => screen.note('waybill: back again; nothing was missed.'),
      onGap: noteGap,
    },
    signal,
  );
};

// One page: deletions and progress do not tell a file's name.
const MOST_LEARNT = 1_000;

/** Of the files there are already; those that were asked for and are not there are told. */
async function learnNames(ids: readonly string[], { server, screen, signal }: Context): Promise<Names> {
  const names = new Names();
  if (ids.length === 0) {
    const { files } = await listFiles(server, { states: null, nameContains: null }, MOST_LEARNT, signal);
    for (const { id, name } of files.toReversed()) names.set(id, name);
  }
  for (const id of ids) {
    const file = await readFile(server, id, signal);
    if (file === null) screen.note(`waybill: there is no file ${clean(id)} now.`);
    else names.set(id, file.name);
  }
  return names;
}
