// Transitions as rows of the log, without the file as of each: 4,000 transitions of files with 16 kB of metadata took 127 MiB
// as entities with all their columns.
import { columnsOf, selectionOf } from '../db/columns.ts';
import type { Statement } from '../db/connection.ts';
import { FileChange } from '../entities/file-change.ts';
import type { TransitionRecord } from './commands.ts';

const COLUMNS = selectionOf(columnsOf(FileChange, 'id', 'tenant', 'kind', 'file'), 'c');

/** A page of the transitions of one file, oldest first; from the end, newest first. */
export interface TransitionPage {
  /** The version that the page comes after, in either order of reading. */
  readonly after: number | null;
  readonly limit: number;
  readonly fromEnd: boolean;
}

/** Whose transitions are wanted. */
export interface WantedTransitions {
  readonly fileId: string;
  /** The version that the page ends before; null: none. */
  readonly before: number | null;
}

/** Read it with TYPES_AS_TEXT. */
export type TransitionRow = Omit<TransitionRecord, 'from' | 'to'> & {
  readonly fromState: TransitionRecord['from'];
  readonly toState: TransitionRecord['to'];
};

export const toTransition = (row: TransitionRow): TransitionRecord => ({
  fileId: row.fileId,
  event: row.event,
  from: row.fromState,
  to: row.toState,
  version: row.version,
  attemptId: row.attemptId,
  actor: row.actor,
  failure: row.failure,
  occurredAt: row.occurredAt,
});

/** A row of a page, and the place of its file in the list, from 1 on. */
export type PagedTransition = TransitionRow & { readonly place: number };

const pages = (direction: string): Statement => ({
  name: `waybill_transitions_${direction}`,
  text: `select wanted.place::int as place, paged.*
    from unnest($1::uuid[], $2::int[]) with ordinality as wanted (file_id, before, place) cross join lateral (
      select ${COLUMNS} from file_change as c
      where c.file_id = wanted.file_id and c.tenant = $3 and c.kind = 'TRANSITIONED'
        and c.version > $4 and c.version < wanted.before
      order by c.version ${direction} limit $5
    ) as paged`,
});

const [FORWARD, BACKWARD] = [pages('asc'), pages('desc')];

/**
 * A page of each of the files $1, up to its version in $2 (exclusive), of the tenant $3: after the version $4, at most $5.
 * Rows of one file come in the order of reading.
 */
export const selectPages = (fromEnd: boolean): Statement => (fromEnd ? BACKWARD : FORWARD);

/** The transitions of the files $1 to the versions $2, of the tenant $3. */
export const selectByKeys: Statement = {
  name: 'waybill_transitions_by_key',
  text: `select found.* from unnest($1::uuid[], $2::int[]) as wanted (file_id, version) cross join lateral (
      select ${COLUMNS} from file_change as c
      where c.file_id = wanted.file_id and c.version = wanted.version and c.tenant is not distinct from $3
        and c.kind = 'TRANSITIONED' limit 1
    ) as found`,
};
