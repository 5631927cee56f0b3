// What one batch did to the counts: rows that are only ever inserted, so that writers never wait for each other,
// and folded into file_count soon after.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { FILE_STATES, type FileState } from '../fsm/machine.ts';
import { oneOf } from './checks.ts';

export const FileCountDelta = defineEntity({
  name: 'FileCountDelta',
  tableName: 'file_count_delta',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    tenant: p.text(),
    state: p.text().$type<FileState>(),
    files: p.integer(),
  },
  checks: [{ name: 'file_count_delta_state_check', expression: oneOf('state', FILE_STATES) }],
});

export type FileCountDelta = InferEntity<typeof FileCountDelta>;
