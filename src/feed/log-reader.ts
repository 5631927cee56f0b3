// Reads the change log in feed order. The only place that knows how a row of it looks to the feed.
import type { Pool } from 'pg';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { LoggedKind } from '../entities/file-change.ts';
import type { FileState, LifecycleEvent } from '../fsm/machine.ts';
import type { Failure } from '../fsm/types.ts';
import type { LoggedChange, ProgressFacts } from './change.ts';

export interface FeedState {
  readonly feedId: string;
  /** The last position given out. */
  readonly head: number;
  /** Positions up to this one have been cut off by retention. */
  readonly trimmed: number;
  /** When the oldest change that waits for its position was written; null when none waits. */
  readonly pendingSince: Date | null;
}

/** A row of the log that has its place, as the driver reads it. */
export interface Row {
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

export const COLUMNS = `position, tenant, file_id, version, kind, event, from_state, to_state,
  attempt_id, actor, failure, file, occurred_at`;

export function toChange(row: Row): LoggedChange {
  const { event, from_state: from, to_state: to, failure, version, actor } = row;
  const occurredAt = row.occurred_at.toISOString();
  const common = { fileId: row.file_id, version, occurredAt };
  const moved = event !== null && from !== null && to !== null;
  const transition = moved ? { ...common, event, from, to, attemptId: row.attempt_id, actor, failure } : null;
  return { ...common, position: Number(row.position), kind: row.kind, tenant: row.tenant, file: row.file, transition };
}

export async function readFeedState(pool: Pool): Promise<FeedState> {
  const { rows } = await pool.query<{ feed_id: string; position: string; trimmed: string; since: Date | null }>(
    `select feed_id, position, trimmed,
       (select occurred_at from file_change where position is null order by id limit 1) as since from feed_head`,
  );
  const [row] = rows;
  if (row === undefined) throw new TypeError('feed_head has no row');
  return {
    feedId: row.feed_id,
    head: Number(row.position),
    trimmed: Number(row.trimmed),
    pendingSince: row.since,
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

/** What progress is told of: a file's row as it is now, whosever it is. Only its tenant is told. */
export interface ProgressRow extends ProgressFacts {
  readonly tenant: string;
}

/** Files that are UPLOADING, among these ids; null: those that moved in the last two seconds, a bounded number. */
export async function readProgress(pool: Pool, ids: readonly string[] | null): Promise<ProgressRow[]> {
  const { rows } = await pool.query<Record<string, string> & { version: number; updated_at: Date }>(
    `select id, tenant, state, version, bytes_received, size, updated_at from file
     where state = 'UPLOADING' and ${ids === null ? `updated_at > now() - interval '2 seconds' limit 5000` : 'id = any($1)'}`,
    ids === null ? [] : [ids],
  );
  return rows.map((row) => ({
    id: row['id']!,
    tenant: row['tenant']!,
    state: row['state'] as FileState,
    version: row.version,
    bytesReceived: Number(row['bytes_received']),
    size: row['size'] == null ? null : Number(row['size']),
    updatedAt: row.updated_at.toISOString(),
  }));
}
