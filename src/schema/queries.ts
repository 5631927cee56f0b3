// The queries. `node` comes from the relay plugin; `lifecycle` is with its types.
import { type ResolveCursorConnectionArgs, resolveCursorConnection } from '@pothos/plugin-relay';
import type { ListedFile } from '../entities/file-snapshot.ts';
import { FILE_STATES, type FileState } from '../fsm/machine.ts';
import { isPlainFilter } from '../lifecycle/file-search.ts';
import { findIssues } from '../lifecycle/input.ts';
import { builder } from './builder.ts';
import { FileStateEnum } from './enums.ts';
import { FileFilter, filterFaults, toSearchFilter } from './file-filter.ts';
import { FileOrderInput, searchConnection, toOrder } from './file-order.ts';
import { decodeFileId } from '../ids.ts';
import { decodeFileCursor, encodeFileCursor, requirePageSize } from './paging.ts';
import { throwRefusal } from './request-error.ts';
import { findShownJson } from './selection.ts';
import { File } from './types/file.ts';

const FileStateCount = builder.objectRef<{ state: FileState; count: number }>('FileStateCount').implement({
  description: 'The number of files in a state.',
  fields: (t) => ({
    state: t.expose('state', { type: FileStateEnum, description: 'The state.' }),
    count: t.exposeInt('count', { description: 'The number of files.' }),
  }),
});

builder.queryField('file', (t) =>
  t.field({
    type: File,
    nullable: true,
    description: 'A file by its id; null if it does not exist or belongs to another tenant.',
    args: { id: t.arg.id({ required: true, description: 'The id of the file.' }) },
    // Read together with what others ask for in the same moment, aliases of this operation included.
    resolve: (_root, { id }, { reader, principal }, info) => {
      const fileId = decodeFileId(id);
      return fileId === null ? null : reader.readListed(principal.tenant, fileId, findShownJson(info));
    },
  }),
);

const toCursor = ({ id }: ListedFile): string => encodeFileCursor(id);

builder.queryField('files', (t) =>
  t.connection(
    {
      type: File,
      description: 'Files, newest first. A page has 50 files by default, at most 1000.',
      args: {
        filter: t.arg({ type: FileFilter, description: 'Which files to return. Default: all.' }),
        orderBy: t.arg({ type: FileOrderInput, description: 'Default: newest first.' }),
      },
      resolve: (_root, args, context, info) => {
        const { reader, principal } = context;
        const json = findShownJson(info);
        requirePageSize(args);
        throwRefusal(findIssues(...filterFaults(args.filter)));
        const filter = toSearchFilter(args.filter);
        const order = toOrder(args.orderBy);
        if (order !== null || !isPlainFilter(filter)) {
          return searchConnection(args, filter, order, context, json);
        }
        return resolveCursorConnection(
          { args, defaultSize: 50, maxSize: 1_000, toCursor },
          async ({ after, before, limit, inverted }: ResolveCursorConnectionArgs): Promise<ListedFile[]> => {
            const bounds = {
              after: after === undefined ? null : decodeFileCursor(after),
              before: before === undefined ? null : decodeFileCursor(before),
            };
            return await reader.listFiles(principal.tenant, filter, { ...bounds, limit, fromEnd: inverted }, json);
          },
        );
      },
    },
    { name: 'QueryFilesConnection', description: 'A page of files.' },
    { name: 'QueryFilesEdge', description: 'A file and its cursor.' },
  ),
);

builder.queryField('fileCounts', (t) =>
  t.field({
    type: [FileStateCount],
    description: 'The number of files in each state, including states without files.',
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
      'The current end of the change stream. To keep a list live, select this field before the list in the same query, ' +
      'subscribe to fileChanges after this cursor, and ignore a change whose file.version is not newer than in the list.',
    resolve: (_root, _args, { feed }) => feed.cursorAt(feed.place),
  }),
);
