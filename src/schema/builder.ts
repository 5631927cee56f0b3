// The Pothos builder: scalars, plugins and their defaults. Every type of the schema is added to this builder.
import SchemaBuilder from '@pothos/core';
import DataloaderPlugin from '@pothos/plugin-dataloader';
import RelayPlugin from '@pothos/plugin-relay';
import { meets, needOfField } from '../auth/needs.ts';
import type { JsonObject } from '../entities/json-text.ts';
import type { GraphQLContext } from './context.ts';
import { decodeId, encodeId } from '../ids.ts';

export interface SchemaTypes {
  Context: GraphQLContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: string; Output: string };
    SafeInt: { Input: number; Output: number };
    JSONObject: { Input: Record<string, unknown>; Output: JsonObject };
    Cursor: { Input: string; Output: string };
  };
}

export type Builder = PothosSchemaTypes.SchemaBuilder<PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>>;

export const builder: Builder = new SchemaBuilder<SchemaTypes>({
  plugins: [RelayPlugin, DataloaderPlugin],
  defaultFieldNullability: false,
  relay: {
    cursorType: 'String',
    encodeGlobalID: encodeId,
    decodeGlobalID: decodeId,
    nodeQueryOptions: {
      description: 'An object by its global id; null if it does not exist or belongs to another tenant.',
      args: { id: { description: 'The global id.' } },
      resolve: (_root, { id }, { principal }, _info, resolveNode) => {
        const need = needOfField(id.typename, 'id');
        return need !== undefined && meets(principal, need) ? resolveNode(id) : null;
      },
    },
    nodesQueryOptions: false,
    idFieldOptions: { description: 'The global id: opaque, and unique across types.' },
    nodeTypeOptions: { description: 'An object with a global id.' },
    nodeFieldOptions: { nullable: false, description: 'The item.' },
    edgesFieldOptions: { nullable: false, description: 'The items of the page, each with its cursor.' },
    cursorFieldOptions: { description: 'The position of the item in the list, for `after` and `before`.' },
    pageInfoFieldOptions: { description: 'The position of the page in the list.' },
    pageInfoTypeOptions: {
      description: 'The position of a page in its list, as in the Relay cursor connections specification.',
    },
    hasNextPageFieldOptions: { description: 'Whether there are items after this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there are items before this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first item.' },
    endCursorFieldOptions: { description: 'The cursor of the last item.' },
    firstArgOptions: { description: 'The number of items to return from the start of the list.' },
    afterArgOptions: { description: 'Return items after this cursor.' },
    lastArgOptions: { description: 'The number of items to return from the end of the list.' },
    beforeArgOptions: { description: 'Return items before this cursor.' },
  },
});
