// The input FileFilter, wherever it selects files.
import type { SearchFilter } from '../lifecycle/file-search.ts';
import { given } from '../lifecycle/input.ts';
import { type Fault, metadataFault, searchFault, storableFault } from '../lifecycle/input-rules.ts';
import { builder } from './builder.ts';
import { FileStateEnum } from './enums.ts';

export const FileFilter = builder.inputType('FileFilter', {
  description: 'Selects files; all given conditions must match.',
  fields: (t) => ({
    states: t.field({ type: [FileStateEnum], description: 'Files in one of these states.' }),
    nameContains: t.string({
      description: 'Files whose name contains this text, ignoring case. At most 1024 characters.',
    }),
    metadata: t.field({
      type: 'JSONObject',
      description:
        'Files whose metadata contains this: each given key with the given value, objects in part, arrays in any order.',
    }),
    contentTypes: t.stringList({ description: 'Files with exactly one of these media types. At most 50.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Files registered at this time or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Files registered before this time.' }),
  }),
});

type Input = typeof FileFilter.$inferInput | null | undefined;

const MAX_CONTENT_TYPES = 50;

function contentTypesFault(types: readonly string[]): Fault {
  if (types.length > MAX_CONTENT_TYPES) return `filter.contentTypes must be at most ${MAX_CONTENT_TYPES} media types.`;
  return types.map((type) => storableFault('filter.contentTypes', type)).find((fault) => fault !== null) ?? null;
}

/** For `findIssues`. */
export function filterFaults(filter: Input): [field: string, fault: Fault][] {
  const name = 'filter.nameContains';
  return [
    [name, given(filter?.nameContains, (text) => searchFault(name, text))],
    ['filter.metadata', given(filter?.metadata, metadataFault)],
    ['filter.contentTypes', given(filter?.contentTypes, contentTypesFault)],
  ];
}

export function toSearchFilter(filter: Input): SearchFilter {
  const { states = null, nameContains = null, metadata = null, contentTypes = null } = filter ?? {};
  const { createdAfter = null, createdBefore = null } = filter ?? {};
  return { states, nameContains, metadata, contentTypes, createdAfter, createdBefore };
}
