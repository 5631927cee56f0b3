// The change log: one row for each committed change of a file, append-only, kept after the file is gone. It is both
// the history of a file and the stream that subscribers follow. Positions in the stream: feed-position.ts.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { FILE_STATES, type FileState, LIFECYCLE_EVENTS, type LifecycleEvent } from '../fsm/machine.ts';
import type { Failure } from '../fsm/types.ts';
import { statesWith } from '../fsm/tags.ts';
import { appendOnly } from './append-only.ts';
import { oneOf } from './checks.ts';
import type { LoggedFile } from './logged-file.ts';

export const LOGGED_KINDS = ['REGISTERED', 'TRANSITIONED', 'DELETED'] as const;
export type LoggedKind = (typeof LOGGED_KINDS)[number];

const [FAILED] = statesWith('failed');

export const FileChange = defineEntity({
  name: 'FileChange',
  tableName: 'file_change',
  properties: {
    /** Order of insertion. Within one file it is version order: the row lock is held until the earlier one commits. */
    id: p.bigint('number').primary().autoincrement(),
    tenant: p.text(),
    /** No foreign key: the log outlives the file. */
    fileId: p.uuid(),
    /** The file's version after the change; a deletion takes the number after the last one. */
    version: p.integer(),
    kind: p.text().$type<LoggedKind>(),
    event: p.text().$type<LifecycleEvent>().nullable(),
    fromState: p.text().$type<FileState>().nullable(),
    toState: p.text().$type<FileState>().nullable(),
    attemptId: p.uuid(),
    actor: p.text(),
    failure: p.json<Failure>().nullable(),
    /** The file as of this change, without what the other columns say of it. */
    file: p.json<LoggedFile>(),
    occurredAt: p.datetime().columnType('timestamptz(3)'),
  },
  uniques: [{ name: 'file_change_version_unique', properties: ['fileId', 'version'] }],
  checks: [
    { name: 'file_change_kind_check', expression: oneOf('kind', LOGGED_KINDS) },
    { name: 'file_change_event_check', expression: oneOf('event', LIFECYCLE_EVENTS) },
    {
      name: 'file_change_states_check',
      expression: `${oneOf('from_state', FILE_STATES)} and ${oneOf('to_state', FILE_STATES)}`,
    },
    {
      name: 'file_change_transition_check',
      expression: `num_nonnulls(event, from_state, to_state) = case when kind = 'TRANSITIONED' then 3 else 0 end`,
    },
    {
      name: 'file_change_failure_check',
      expression: `coalesce(to_state = '${FAILED}', false) = (failure is not null)`,
    },
    { name: 'file_change_version_check', expression: `(version = 0) = (kind = 'REGISTERED') and version >= 0` },
  ],
  triggers: [appendOnly('file_change')],
});

export type FileChange = InferEntity<typeof FileChange>;
