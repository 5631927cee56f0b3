// What one batch did to the counts: rows that are only ever inserted, so that writers never wait for each other,
// and folded into file_count soon after. A row for each move and not for each state: half as much to write (docs/adr/0041).
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { FILE_STATES, type FileState } from '../fsm/machine.ts';
import { oneOf } from './checks.ts';

export const FileCountDelta = defineEntity({
  name: 'FileCountDelta',
  tableName: 'file_count_delta',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    tenant: p.text(),
    /** So many files more are in it. */
    state: p.text().$type<FileState>(),
    /** Negative where files were deleted. */
    files: p.integer(),
    /** And as many less in this one; null: they came from nowhere. */
    fromState: p.text().$type<FileState>().nullable(),
  },
  checks: [
    { name: 'file_count_delta_state_check', expression: oneOf('state', FILE_STATES) },
    { name: 'file_count_delta_from_state_check', expression: oneOf('from_state', FILE_STATES) },
  ],
});

export type FileCountDelta = InferEntity<typeof FileCountDelta>;

/** Of tables: `tenant`, `state` and `files`, whose sum is the number of files. A tenant's are found where it is compared. */
export const KEPT_COUNTS = `(
    select tenant, state, files from file_count
    union all select tenant, state, files::bigint from file_count_delta
    union all select tenant, from_state, -files::bigint from file_count_delta where from_state is not null
  )`;
