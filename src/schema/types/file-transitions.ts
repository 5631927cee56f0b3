// File.transitions: the history of a file, a page at a time by version.
import { type ResolveCursorConnectionArgs, resolveCursorConnection } from '@pothos/plugin-relay';
import DataLoader from 'dataloader';
import type { TransitionRecord } from '../../lifecycle/commands.ts';
import type { Page } from '../../lifecycle/file-reader.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { decodeVersionCursor, encodeVersionCursor, requirePageSize } from '../paging.ts';
import { File } from './file.ts';
import { Transition } from './transition.ts';

interface Asked {
  readonly fileId: string;
  readonly page: Page<number>;
}

const loaders = new WeakMap<GraphQLContext, DataLoader<Asked, TransitionRecord[], string>>();

/** A list of files asks for the same page of each: one query answers them all. */
function loaderOf(context: GraphQLContext): DataLoader<Asked, TransitionRecord[], string> {
  const known = loaders.get(context);
  if (known !== undefined) return known;
  const load = async (asked: readonly Asked[]): Promise<TransitionRecord[][]> => {
    const pages = Map.groupBy(asked, ({ page }) => JSON.stringify(page));
    const read = await Promise.all(
      [...pages].map(async ([key, same]) => {
        const ids = same.map(({ fileId }) => fileId);
        return [key, await context.reader.readTransitions(context.principal.tenant, ids, same[0]!.page)] as const;
      }),
    );
    const byPage = new Map(read);
    return asked.map(({ fileId, page }) => byPage.get(JSON.stringify(page))?.get(fileId) ?? []);
  };
  // Not cached: a subscription keeps its context for hours, and history grows.
  const loader = new DataLoader(load, { cache: false });
  loaders.set(context, loader);
  return loader;
}

const toCursor = ({ version }: TransitionRecord): string => encodeVersionCursor(version);

builder.objectField(File, 'transitions', (t) =>
  t.connection(
    {
      type: Transition,
      description: 'What has happened to it, oldest first, up to the version shown. 50 a page unless asked for.',
      resolve: (file, args, context) => {
        requirePageSize(args);
        return resolveCursorConnection(
          { args, defaultSize: 50, maxSize: 1_000, toCursor },
          async ({ after, before, limit, inverted }: ResolveCursorConnectionArgs): Promise<TransitionRecord[]> => {
            // A file as of a change has the history of that moment.
            const upTo = Math.min(before === undefined ? Infinity : decodeVersionCursor(before), file.version + 1);
            const page = { after: after === undefined ? null : decodeVersionCursor(after), before: upTo, limit };
            return await loaderOf(context).load({ fileId: file.id, page: { ...page, fromEnd: inverted } });
          },
        );
      },
    },
    { name: 'FileTransitionsConnection', description: 'A page of the history of a file.' },
    { name: 'FileTransitionsEdge', description: 'A transition and its place in the history.' },
  ),
);
