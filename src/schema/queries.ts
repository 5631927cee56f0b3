// The queries; `node` comes from the relay plugin, `lifecycle` stands with its types.
import { type ResolveCursorConnectionArgs, resolveCursorConnection } from '@pothos/plugin-relay';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import { FILE_STATES, type FileState } from '../fsm/machine.ts';
import { builder } from './builder.ts';
import { FileStateEnum } from './enums.ts';
import { decodeFileId } from './ids.ts';
import { decodeFileCursor, encodeFileCursor, requirePageSize } from './paging.ts';
import { File } from './types/file.ts';
import { requireSearchable } from './validate.ts';

const FileFilter = builder.inputType('FileFilter', {
  description: 'Which files to list; every part that is given must hold.',
  fields: (t) => ({
    states: t.field({ type: [FileStateEnum], description: 'In one of these states.' }),
    nameContains: t.string({ description: 'With this text in the name, upper and lower case alike.' }),
  }),
});

const FileStateCount = builder.objectRef<{ state: FileState; count: number }>('FileStateCount').implement({
  description: 'How many files are in a state.',
  fields: (t) => ({
    state: t.expose('state', { type: FileStateEnum, description: 'The state.' }),
    count: t.exposeInt('count', { description: 'Files in it.' }),
  }),
});

builder.queryField('file', (t) =>
  t.field({
    type: File,
    nullable: true,
    description: 'A file by its id; null when there is none, or it is not yours.',
    args: { id: t.arg.id({ required: true, description: 'The id of a file.' }) },
    // The id is loaded through the dataloader, so that aliases and node() share one query.
    resolve: (_root, { id }) => decodeFileId(id),
  }),
);

const toCursor = ({ id }: FileSnapshot): string => encodeFileCursor(id);

builder.queryField('files', (t) =>
  t.connection(
    {
      type: File,
      description: 'Files, newest first. 50 a page unless asked for, 1000 at most.',
      args: { filter: t.arg({ type: FileFilter, description: 'Which files.' }) },
      resolve: (_root, args, { reader, principal }) => {
        requirePageSize(args);
        const { states, nameContains } = args.filter ?? {};
        const filter = {
          states: states ?? null,
          nameContains: nameContains == null ? null : requireSearchable('filter.nameContains', nameContains),
        };
        return resolveCursorConnection(
          { args, defaultSize: 50, maxSize: 1_000, toCursor },
          async ({ after, before, limit, inverted }: ResolveCursorConnectionArgs): Promise<FileSnapshot[]> => {
            const bounds = {
              after: after === undefined ? null : decodeFileCursor(after),
              before: before === undefined ? null : decodeFileCursor(before),
            };
            return await reader.listFiles(principal.tenant, filter, { ...bounds, limit, fromEnd: inverted });
          },
        );
      },
    },
    { name: 'QueryFilesConnection', description: 'A page of files.' },
    { name: 'QueryFilesEdge', description: 'A file and its place in the list.' },
  ),
);

builder.queryField('fileCounts', (t) =>
  t.field({
    type: [FileStateCount],
    description: 'How many files are in each state, zeros included.',
    resolve: async (_root, _args, { reader, principal }) => {
      const counts = await reader.countByState(principal.tenant);
      return FILE_STATES.map((state) => ({ state, count: counts.get(state) ?? 0 }));
    },
  }),
);

builder.queryField('feedCursor', (t) =>
  t.field({
    type: 'Cursor',
    description:
      'Where the stream of changes stands. For a list that stays live: select it before the list in the same query, ' +
      'subscribe to fileChanges after it, and drop a change whose file.version is not newer than what the list shows.',
    resolve: (_root, _args, { feed }) => feed.cursorAt(feed.head),
  }),
);
