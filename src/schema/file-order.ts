// The arguments of `files` that file_attributes answers (src/lifecycle/file-search.ts): filters by what never changes of a
// file, and orders. Also the cursors of these lists.
import { type ResolveCursorConnectionArgs, resolveCursorConnection } from '@pothos/plugin-relay';
import type { ListedFile } from '../entities/file-snapshot.ts';
import type { WantedJson } from '../lifecycle/file-rows.ts';
import {
  type FileOrder,
  NEWEST_FIRST,
  ORDER_FIELDS,
  type OrderField,
  type SearchFilter,
  boundOf,
} from '../lifecycle/file-search.ts';
import { builder } from './builder.ts';
import type { GraphQLContext } from './context.ts';
import { decodeSearchCursor, encodeSearchCursor } from './paging.ts';

const FIELD_DESCRIPTIONS: Readonly<Record<OrderField, string>> = {
  CREATED_AT: 'The time of registration.',
  NAME: 'The first 256 characters of the name, by code point: upper case comes before lower case.',
  SIZE: 'The declared size; files of unknown size count as the smallest.',
};

const FileOrderField = builder.enumType('FileOrderField', {
  description: 'What files can be sorted by. Files that are equal in it come in the order of their ids.',
  values: Object.fromEntries(
    ORDER_FIELDS.map((value) => [value, { value, description: FIELD_DESCRIPTIONS[value] }]),
  ) as {
    [Field in OrderField]: { value: Field; description: string };
  },
});

const OrderDirection = builder.enumType('OrderDirection', {
  description: 'The direction of an order.',
  values: {
    ASC: { value: 'ASC', description: 'Smallest, or earliest, first.' },
    DESC: { value: 'DESC', description: 'Largest, or latest, first.' },
  } as const,
});

export const FileOrderInput = builder.inputType('FileOrder', {
  description: 'The order of a list of files.',
  fields: (t) => ({
    field: t.field({ type: FileOrderField, required: true, description: 'What to sort by.' }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: 'ASC',
      description: 'The direction.',
    }),
  }),
});

/** Null: newest first. */
export const toOrder = (
  input: { readonly field: OrderField; readonly direction: 'ASC' | 'DESC' } | null | undefined,
): FileOrder | null => (input == null ? null : { field: input.field, isDescending: input.direction === 'DESC' });

/** @throws GraphQLError for a cursor */
export function searchConnection(
  args: Parameters<typeof resolveCursorConnection>[0]['args'],
  filter: SearchFilter,
  order: FileOrder | null,
  { reader, principal }: GraphQLContext,
  json: WantedJson,
): ReturnType<typeof resolveCursorConnection<ListedFile[]>> {
  const wanted = order ?? NEWEST_FIRST;
  const { field } = wanted;
  const toCursor = (file: ListedFile): string => encodeSearchCursor(field, boundOf(file, field));
  return resolveCursorConnection(
    { args, defaultSize: 50, maxSize: 1_000, toCursor },
    async ({ after, before, limit, inverted }: ResolveCursorConnectionArgs): Promise<ListedFile[]> => {
      const bounds = {
        after: after === undefined ? null : decodeSearchCursor(field, after),
        before: before === undefined ? null : decodeSearchCursor(field, before),
      };
      return await reader.searchFiles(principal.tenant, filter, wanted, { ...bounds, limit, fromEnd: inverted }, json);
    },
  );
}
