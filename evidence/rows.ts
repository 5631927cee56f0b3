// Rows as stored, read without the entities: the evidence must not rest on what it checks.
import type { FileState, LifecycleEvent } from '../src/fsm/machine.ts';
import type { Failure } from '../src/fsm/types.ts';

/** What the lifecycle changes of a file. */
export interface Condition {
  readonly state: FileState;
  readonly version: number;
  readonly attempts: number;
  readonly bytesReceived: number;
  readonly failure: Failure | null;
}

export interface FileRow extends Condition {
  readonly id: string;
  readonly maxAttempts: number;
}

export interface ChangeRow {
  readonly fileId: string;
  readonly version: number;
  readonly kind: string;
  readonly event: LifecycleEvent | null;
  readonly from: FileState | null;
  readonly to: FileState | null;
  readonly attemptId: string;
  readonly failure: Failure | null;
  /** The file as of this change. */
  readonly file: FileRow;
}

export const READ_FILES = `select id, state, version, attempts, max_attempts as "maxAttempts",
  bytes_received::int as "bytesReceived", failure from file where id = any($1::uuid[]) order by id`;

// The document leaves out what the columns say and what is zero (docs/adr/0041).
export const READ_CHANGES = `select file_id as "fileId", version, kind, event, from_state as "from", to_state as "to",
  attempt_id as "attemptId", failure,
  jsonb_build_object('id', file_id, 'version', version, 'state', to_state, 'failure', failure, 'attempts', 0,
    'bytesReceived', 0) || file as file
  from file_change where file_id = any($1::uuid[]) order by file_id, version`;
