// waybill watch: prints changes as they happen, across lost connections.
import { readFeedCursor } from '../api/feed-cursor.ts';
import { type Change, type ChangeFilter, followChanges } from '../api/follow-changes.ts';
import { readFile } from '../api/files.ts';
import { listFiles } from '../api/lists.ts';
import type { Command, Context } from '../context.ts';
import { type CursorLost, describeBriefly } from '../errors.ts';
import { Names, formatChange } from '../output/format-change.ts';
import { clean } from '../output/text.ts';
import { formatDuration } from '../output/units.ts';

export interface WatchOptions {
  /** Empty: all files. */
  readonly ids: readonly string[];
  readonly progress?: boolean;
  readonly after?: string;
  readonly json?: boolean;
}

export const runWatch: Command<WatchOptions> = async (options, context) => {
  const { server, screen, signal } = context;
  const { ids, progress, json } = options;
  const kinds: Change['kind'][] = ['REGISTERED', 'TRANSITIONED', 'DELETED'];
  const filter: ChangeFilter = {
    ids: ids.length === 0 ? null : ids,
    kinds: progress ? [...kinds, 'PROGRESSED'] : kinds,
  };
  const after = options.after ?? (await readFeedCursor(server, signal));
  const names = await learnNames(ids, context);
  let isUnderWay = false;
  const noteGap = (error: CursorLost): void => {
    // A cursor from --after that never worked is a mistake of the user, not a gap.
    if (options.after !== undefined && !isUnderWay && error.nextCursor === null) throw error;
    if (json) screen.printJson({ kind: 'GAP', message: error.message });
    screen.note(`waybill: ${error.message} Changes may have been missed; continuing from the oldest one available.`);
  };
  return await followChanges(
    server,
    {
      filter,
      after,
      onChange: (change) => {
        isUnderWay = true;
        names.learn(change);
        if (json) screen.printJson(change);
        else screen.print(formatChange(change, names, screen));
      },
      onLost: (error, delayMs) => {
        const delay = formatDuration(delayMs / 1_000);
        screen.note(`waybill: connection lost (${describeBriefly(error)}); trying again in ${delay}`);
      },
      onReconnected: () => screen.note('waybill: reconnected; no change was missed.'),
      onGap: noteGap,
    },
    signal,
  );
};

// One page. Needed because deletions and progress do not carry the file's name.
const MAX_LEARNT = 1_000;

/** Names of existing files. Notes each requested file that does not exist. */
async function learnNames(ids: readonly string[], { server, screen, signal }: Context): Promise<Names> {
  const names = new Names();
  if (ids.length === 0) {
    const { files } = await listFiles(server, { states: null, nameContains: null }, MAX_LEARNT, signal);
    for (const { id, name } of files.toReversed()) names.set(id, name);
  }
  for (const id of ids) {
    const file = await readFile(server, id, signal);
    if (file === null) screen.note(`waybill: there is no file ${clean(id)}.`);
    else names.set(id, file.name);
  }
  return names;
}
