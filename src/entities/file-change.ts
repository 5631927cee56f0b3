// The change log: one row for each committed change of a file, append-only, kept after the file is gone. It is both
// the history of a file and the stream that subscribers follow.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { FILE_STATES, type FileState, LIFECYCLE_EVENTS, type LifecycleEvent } from '../fsm/machine.ts';
import type { Failure } from '../fsm/types.ts';
import { statesWith } from '../fsm/tags.ts';
import { oneOf } from './checks.ts';
import type { FileSnapshot } from './file-snapshot.ts';

export const LOGGED_KINDS = ['REGISTERED', 'TRANSITIONED', 'DELETED'] as const;
export type LoggedKind = (typeof LOGGED_KINDS)[number];

const [FAILED] = statesWith('failed');

/** Everything but the position, which the sequencer writes later. */
const rowOf = (alias: string, columns: Record<string, string>): string =>
  `row(${Object.entries(columns)
    .filter(([property]) => property !== 'position')
    .map(([, column]) => `${alias}.${column}`)
    .join(', ')})`;

export const FileChange = defineEntity({
  name: 'FileChange',
  tableName: 'file_change',
  properties: {
    /** Order of insertion. Within one file it is version order: the row lock is held until the earlier one commits. */
    id: p.bigint('number').primary().autoincrement(),
    /** Position in the feed, assigned by the sequencer after the commit; null until then. */
    position: p.bigint('number').nullable(),
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
    /** The file as of this change. */
    file: p.json<FileSnapshot>(),
    occurredAt: p.datetime().columnType('timestamptz(3)'),
  },
  uniques: [
    { name: 'file_change_version_unique', properties: ['fileId', 'version'] },
    // Without rows that have none yet: writing a change makes one index entry less.
    { name: 'file_change_position_unique', properties: ['position'], where: 'position is not null' },
  ],
  indexes: [{ name: 'file_change_unsequenced', properties: ['id'], where: 'position is null' }],
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
  triggers: [
    {
      // The database keeps the log append-only: only the position may be written later, and once.
      name: 'file_change_append_only',
      timing: 'before',
      events: ['update'],
      forEach: 'row',
      // In the body and not in WHEN: PostgreSQL stores a body as it was written, so drift can be told from spelling.
      body: (columns) => `
        if old.position is not null or new.position is null or ${rowOf('new', columns)} is distinct from ${rowOf('old', columns)} then
          raise exception 'file_change is append-only' using errcode = 'integrity_constraint_violation';
        end if;
        return new;`,
    },
  ],
});

export type FileChange = InferEntity<typeof FileChange>;
