// File.transitions: the history of a file, paged by version.
import { type ResolveCursorConnectionArgs, resolveCursorConnection } from '@pothos/plugin-relay';
import DataLoader from 'dataloader';
import type { TransitionRecord } from '../../lifecycle/commands.ts';
import type { TransitionPage, WantedTransitions } from '../../lifecycle/transition-rows.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { decodeVersionCursor, encodeVersionCursor, requirePageSize } from '../paging.ts';
import { File } from './file.ts';
import { Transition } from './transition.ts';

interface PageRequest extends WantedTransitions {
  readonly page: TransitionPage;
}

const loaders = new WeakMap<GraphQLContext, DataLoader<PageRequest, TransitionRecord[]>>();

const keyOf = ({ page: { after, limit, fromEnd } }: PageRequest): string => `${after} ${limit} ${fromEnd}`;

/** A list of files requests the same page of each file: one SQL query reads them all. */
function loaderOf(context: GraphQLContext): DataLoader<PageRequest, TransitionRecord[]> {
  const known = loaders.get(context);
  if (known !== undefined) return known;
  const load = async (requests: readonly PageRequest[]): Promise<TransitionRecord[][]> => {
    const answers = new Map<PageRequest, TransitionRecord[]>();
    const read = async (same: readonly PageRequest[]): Promise<void> => {
      const pages = await context.reader.readTransitions(context.principal.tenant, same, same[0]!.page);
      for (const [at, request] of same.entries()) answers.set(request, pages[at]!);
    };
    await Promise.all([...Map.groupBy(requests, keyOf).values()].map(read));
    return requests.map((request) => answers.get(request)!);
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
      description:
        'The transitions of the file up to its version, oldest first. A page has 50 by default, at most 1000.',
      resolve: (file, args, context) => {
        requirePageSize(args);
        return resolveCursorConnection(
          { args, defaultSize: 50, maxSize: 1_000, toCursor },
          ({ after, before, limit, inverted }: ResolveCursorConnectionArgs): Promise<TransitionRecord[]> => {
            // A file as of a change has its history as of that change.
            const upTo = Math.min(before === undefined ? Infinity : decodeVersionCursor(before), file.version + 1);
            const page = { after: after === undefined ? null : decodeVersionCursor(after), limit, fromEnd: inverted };
            return loaderOf(context).load({ fileId: file.id, before: upTo, page });
          },
        );
      },
    },
    { name: 'FileTransitionsConnection', description: 'A page of the transitions of a file.' },
    { name: 'FileTransitionsEdge', description: 'A transition and its cursor.' },
  ),
);
