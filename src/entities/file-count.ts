// How many files a tenant has in each state, kept so that no query has to count them. What a batch changes is added to
// file_count_delta; the sum of both tables is exact at any moment (src/lifecycle/periodic/counts.ts).
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { FILE_STATES, type FileState } from '../fsm/machine.ts';
import { oneOf } from './checks.ts';

export const FileCount = defineEntity({
  name: 'FileCount',
  tableName: 'file_count',
  properties: {
    tenant: p.text().primary(),
    state: p.text().$type<FileState>().primary(),
    /** Without what file_count_delta holds; it may be below zero while deltas arrive out of order. */
    files: p.bigint('number').default(0),
  },
  checks: [{ name: 'file_count_state_check', expression: oneOf('state', FILE_STATES) }],
});

export type FileCount = InferEntity<typeof FileCount>;
