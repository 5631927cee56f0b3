// Reads the change log in feed order. The only place that knows how a row of it looks to the feed.
import type { Pool } from 'pg';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { LoggedKind } from '../entities/file-change.ts';
import type { FileState, LifecycleEvent } from '../fsm/machine.ts';
import type { Failure } from '../fsm/types.ts';
import type { LoggedChange } from './change.ts';

export interface FeedState {
  readonly feedId: string;
  /** The last position given out. */
  readonly head: number;
  /** Positions up to this one have been cut off by retention. */
  readonly trimmed: number;
  /** Whether rows are waiting for their position. */
  readonly pending: boolean;
}

interface Row {
  readonly position: string;
  readonly tenant: string;
  readonly file_id: string;
  readonly version: number;
  readonly kind: LoggedKind;
  readonly event: LifecycleEvent | null;
  readonly from_state: FileState | null;
  readonly to_state: FileState | null;
  readonly attempt_id: string;
  readonly actor: string;
  readonly failure: Failure | null;
  readonly file: FileSnapshot;
  readonly occurred_at: Date;
}

const COLUMNS = `position, tenant, file_id, version, kind, event, from_state, to_state,
  attempt_id, actor, failure, file, occurred_at`;

function toChange(row: Row): LoggedChange {
  const { event, from_state: from, to_state: to, failure, version, actor } = row;
  const occurredAt = row.occurred_at.toISOString();
  const common = { fileId: row.file_id, version, occurredAt };
  const moved = event !== null && from !== null && to !== null;
  const transition = moved ? { ...common, event, from, to, attemptId: row.attempt_id, actor, failure } : null;
  return { ...common, position: Number(row.position), kind: row.kind, tenant: row.tenant, file: row.file, transition };
}

export async function readFeedState(pool: Pool): Promise<FeedState> {
  const { rows } = await pool.query<{ feed_id: string; position: string; trimmed: string; pending: boolean }>(
    `select feed_id, position, trimmed,
       exists (select from file_change where position is null) as pending from feed_head`,
  );
  const [row] = rows;
  if (row === undefined) throw new TypeError('feed_head has no row');
  return {
    feedId: row.feed_id,
    head: Number(row.position),
    trimmed: Number(row.trimmed),
    pending: row.pending,
  };
}

/** The next changes after a position, of every tenant: what a replica's ring is filled with. */
export async function readChanges(pool: Pool, after: number, limit: number): Promise<LoggedChange[]> {
  const { rows } = await pool.query<Row>({
    name: 'feed-read-changes',
    text: `select ${COLUMNS} from file_change where position > $1 order by position limit $2`,
    values: [after, limit],
  });
  return rows.map(toChange);
}
