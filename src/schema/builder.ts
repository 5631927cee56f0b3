// The Pothos builder: scalars, plugins and their defaults. Every type of the schema is added to this one.
import SchemaBuilder from '@pothos/core';
import DataloaderPlugin from '@pothos/plugin-dataloader';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import type { GraphQLContext } from './context.ts';
import { decodeId, encodeId } from './ids.ts';

export interface SchemaTypes {
  Context: GraphQLContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: string; Output: string };
    SafeInt: { Input: number; Output: number };
    JSONObject: { Input: Record<string, unknown>; Output: Record<string, unknown> };
    Cursor: { Input: string; Output: string };
  };
}

export type Builder = PothosSchemaTypes.SchemaBuilder<PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>>;

export const builder: Builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ErrorsPlugin, RelayPlugin, DataloaderPlugin],
  defaultFieldNullability: false,
  relay: {
    cursorType: 'String',
    encodeGlobalID: encodeId,
    decodeGlobalID: decodeId,
    nodeQueryOptions: {
      description: 'Anything by its id; null when there is no such thing, or it is not yours.',
      args: { id: { description: 'A global id.' } },
      resolve: (_root, { id }, _context, _info, resolveNode) => (id.typename === '' ? null : resolveNode(id)),
    },
    nodesQueryOptions: false,
    idFieldOptions: { description: 'Globally unique, opaque.' },
    nodeTypeOptions: { description: 'Anything with a global id.' },
    nodeFieldOptions: { nullable: false, description: 'The item.' },
    edgesFieldOptions: { nullable: false, description: 'The items of the page, each with its place.' },
    cursorFieldOptions: { description: 'Its place in the list: a page can begin after it or end before it.' },
    pageInfoFieldOptions: { description: 'Where the page stands in its list.' },
    pageInfoTypeOptions: { description: 'Where a page stands in its list (Relay cursor connections).' },
    hasNextPageFieldOptions: { description: 'Whether there are items behind this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there are items before this page.' },
    startCursorFieldOptions: { description: 'The place of the first item.' },
    endCursorFieldOptions: { description: 'The place of the last item.' },
    firstArgOptions: { description: 'So many items from the front.' },
    afterArgOptions: { description: 'Begin behind this cursor.' },
    lastArgOptions: { description: 'So many items from the end.' },
    beforeArgOptions: { description: 'End before this cursor.' },
  },
  errors: { defaultTypes: [] },
});
