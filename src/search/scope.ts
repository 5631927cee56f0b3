// Among which files a search looks: the tenant's that are ready, narrowed by the filter. As the statements take it.
import { statesWith } from '../fsm/tags.ts';
import { escapeLike } from '../lifecycle/escape-like.ts';
import type { SearchFilter } from '../lifecycle/file-search.ts';
import type { FileLabels } from '../entities/file-attributes.ts';

export interface SearchScope {
  readonly tenant: string;
  /** Those of the filter that are ready; none: nothing can be found. */
  readonly states: readonly string[];
  /** A LIKE pattern. */
  readonly name: string | null;
  readonly createdAfter: string | null;
  readonly createdBefore: string | null;
  /** JSON of parts of the labels; one of them must be contained. */
  readonly labels: readonly string[] | null;
}

export function scopeOf(tenant: string, filter: SearchFilter): SearchScope {
  const { states, nameContains, createdAfter, createdBefore } = filter;
  const ready = statesWith('ready');
  return {
    tenant,
    states: states === null ? ready : ready.filter((state) => states.includes(state)),
    name: nameContains === null ? null : `%${escapeLike(nameContains)}%`,
    createdAfter,
    createdBefore,
    labels: labelsOf(tenant, filter),
  };
}

function labelsOf(tenant: string, { metadata, contentTypes }: SearchFilter): string[] | null {
  if (metadata === null && contentTypes === null) return null;
  const types = contentTypes?.map((contentType) => ({ contentType })) ?? [{}];
  return types.map((type) => {
    const labels: Partial<FileLabels> = { tenant, ...type, ...(metadata !== null && { metadata }) };
    return JSON.stringify(labels);
  });
}

/** Whether the filter asks for more than the states. */
export const isNarrowed = ({ name, createdAfter, createdBefore, labels }: SearchScope): boolean =>
  [name, createdAfter, createdBefore, labels].some((value) => value !== null);
